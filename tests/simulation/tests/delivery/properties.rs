//! Promises that hold for all values, tried with many: 256 cases each, `PROPTEST_CASES=10000` for more.

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::LazyLock;

    use jiff::{SignedDuration, Timestamp};
    use plimsoll_finding::{Finding, FindingKey, Part, Severity, Status};
    use plimsoll_message::{ChannelId, Receipt};
    use plimsoll_pipeline::{
        DueRow, Matcher, Policy, Record, Route, Waiver, WaiverTarget,
        delivery::{FLOOD_SINGLES, FloodWindows, ROLL_UP_MAX, Step, claim, delivered, plan},
        due::refresh,
        ingest::{CLOCK_TOLERANCE, Merged, merge, publish},
        route::decide,
        waiver::waiver_for,
    };
    use plimsoll_simulation::{Random, SOURCES, START, after, checklist, expected, finding, policy};
    use proptest::{collection::vec, prelude::*, sample::select};

    /// Tells every finding to `slack`.
    static POLICY: LazyLock<Policy> = LazyLock::new(|| policy(&["slack"], &checklist()));

    fn config() -> ProptestConfig {
        ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
    }

    fn status() -> impl Strategy<Value = Status> {
        select(vec![Status::Open, Status::Resolved])
    }

    fn severity() -> impl Strategy<Value = Severity> {
        select(Severity::WORST_FIRST.to_vec())
    }

    /// Events of one finding within a few seconds, so that ties are common; with up to three parts.
    fn events(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Finding>> {
        let parts = vec((0_u8..3, status(), severity()), 0..4);
        vec((0_i64..6, status(), severity(), parts), count).prop_map(|said| {
            let with_parts = said.first().is_some_and(|(_, _, _, parts)| !parts.is_empty());
            said.into_iter()
                .enumerate()
                .map(|(n, (second, status, severity, parts))| {
                    let mut said = finding("ecr-scan", 0, second - 600, &n.to_string(), status, severity);
                    let parts: BTreeMap<u8, _> = parts.into_iter().map(|(part, s, v)| (part, (s, v))).collect();
                    if with_parts {
                        for (part, (status, severity)) in parts {
                            let name = format!("part {part}");
                            said.parts.push(Part::new(name.clone(), "check", status, severity, &name));
                        }
                        if said.parts.is_empty() {
                            said.parts.push(Part::new("part 0", "check", status, severity, "part 0"));
                        }
                    }
                    said
                })
                .collect()
        })
    }

    fn merged<'f>(events: impl IntoIterator<Item = &'f Finding>, now: Timestamp) -> Record {
        let mut known: Option<Record> = None;
        for event in events {
            if let Merged::Applied(record) = merge(known.as_ref(), event, now) {
                known = Some(*record);
            }
        }
        known.unwrap()
    }

    /// What must not depend on the order of events. The words do: those of an event that was stale on arrival are not
    /// kept.
    fn state(record: &Record) -> impl PartialEq + std::fmt::Debug + use<> {
        // What is news depends on what was known when a statement arrived, as transitions do.
        let parts: Vec<_> = record.parts.values().map(|state| (state.part.clone(), state.version.clone())).collect();
        (record.status(), record.severity(), parts, record.last_seen)
    }

    /// Calls `with` with each order of the list (Heap's algorithm).
    fn each_order<T>(list: &mut [T], count: usize, with: &mut impl FnMut(&[T])) {
        if count <= 1 {
            return with(list);
        }
        for n in 0..count {
            each_order(list, count - 1, with);
            list.swap(if count.is_multiple_of(2) { n } else { 0 }, count - 1);
        }
    }

    #[test]
    fn all_5040_orders_of_seven_events_end_alike() {
        use Severity::{Critical, High, Low, Medium};
        let part = |second, id: &str, parts: &[(&str, Status, Severity)]| {
            let mut said = finding("ecr-scan", 0, second, id, Status::Open, Medium);
            said.parts =
                parts.iter().map(|(id, status, severity)| Part::new(*id, "check", *status, *severity, id)).collect();
            said
        };
        let (open, resolved) = (Status::Open, Status::Resolved);
        let events = [
            part(-60, "1", &[("a", open, Critical), ("b", open, High)]),
            part(-60, "2", &[("a", resolved, Critical)]),
            part(-59, "3", &[("b", open, Low), ("c", open, Medium)]),
            part(-58, "4", &[("a", open, High)]),
            part(-58, "5", &[("a", resolved, High), ("c", resolved, Medium)]),
            part(-57, "6", &[("b", resolved, Low)]),
            part(-57, "7", &[("c", open, Low)]),
        ];
        let end = state(&merged(&events, START));
        let mut orders = BTreeSet::new();
        let mut positions: Vec<usize> = (0..events.len()).collect();
        each_order(&mut positions, events.len(), &mut |order| {
            orders.insert(order.to_vec());
            assert_eq!(state(&merged(order.iter().map(|n| &events[*n]), START)), end, "{order:?}");
        });
        assert_eq!(orders.len(), 5_040);
    }

    /// Pieces that look like what a naive key would put between its parts.
    fn hostile() -> impl Strategy<Value = String> {
        let pieces = [
            "", "#", "/", ":", "|", "\0", "\u{1}", "\u{8}", "a", "b", "aa", "é", "e\u{301}", " ", "\u{202e}", "\\",
            "\"",
        ];
        vec(select(pieces.to_vec()), 0..5).prop_map(|pieces| pieces.concat())
    }

    fn key([source, account, region, resource, rule]: &[String; 5]) -> FindingKey {
        FindingKey::of(source, account, region, resource, rule)
    }

    proptest! {
        #![proptest_config(config())]

        /// PT-15: different identities never share a key, wherever one part ends and the next begins.
        #[test]
        fn keys_are_injective(
            one in [hostile(), hostile(), hostile(), hostile(), hostile()],
            other in [hostile(), hostile(), hostile(), hostile(), hostile()],
            boundary in 0_usize..4,
            moved in 0_usize..8,
        ) {
            prop_assert_eq!(key(&one) == key(&other), one == other);
            // The same characters with one boundary elsewhere.
            let mut shifted = one.clone();
            let joined = format!("{}{}", one[boundary], one[boundary + 1]);
            let at = joined.char_indices().map(|(n, _)| n).nth(moved).unwrap_or(joined.len());
            let (left, right) = joined.split_at(at);
            (shifted[boundary], shifted[boundary + 1]) = (left.to_owned(), right.to_owned());
            prop_assert_eq!(key(&one) == key(&shifted), one == shifted);
        }

        /// PT-6: any order, any repetition, one end; and that is the newest statement of each part.
        #[test]
        fn merge_is_a_join(events in events(1..12), seed in any::<u64>()) {
            let mut random = Random::new(seed);
            let mut delivered: Vec<&Finding> = events.iter().collect();
            delivered.extend((0..events.len()).map(|_| &events[random.position(events.len())]));
            random.shuffle(&mut delivered);
            let record = merged(delivered, START);
            prop_assert_eq!(state(&record), state(&merged(&events, START)));
            let all: Vec<&Finding> = events.iter().collect();
            let expected = expected(&all);
            prop_assert_eq!((record.status(), record.severity()), (expected.status, expected.severity));
        }

        /// PT-7: what was merged once changes nothing, is not new, and is not told.
        #[test]
        fn a_repeated_prefix_changes_nothing(events in events(1..10), prefix in 0_usize..10, minutes in 0_i64..600) {
            let policy = &*POLICY;
            let slack = ChannelId::new("slack");
            let mut record = publish(merged(&events, START), policy, START).record;
            while let Some((claimed, taken)) = claim(&record, &slack, policy, START) {
                record = delivered(&claimed, &taken, &Receipt::default(), policy, START).unwrap();
            }
            let later = after(START, minutes * 60);
            for event in events.iter().take(prefix) {
                prop_assert!(!matches!(merge(Some(&record), event, later), Merged::Applied(_)));
            }
            refresh(&mut record, policy, START);
            // A finding that changed often in little time is held open for half an hour; nothing else is to come.
            prop_assert!(record.transitions.len() > 4 || claim(&record, &slack, policy, later).is_none());
        }

        /// PT-8: an older event never overwrites, and one from the future never freezes.
        #[test]
        fn neither_the_past_nor_the_future_wins(
            events in events(1..8),
            (older, status, severity) in (1_i64..100_000, status(), severity()),
            ahead in 301_i64..1_000_000_000,
        ) {
            let record = merged(&events, START);
            let mut stale = events[0].clone();
            stale.observed_at = after(START, -600 - older);
            stale.status = status;
            for part in &mut stale.parts {
                part.status = status;
                part.severity = severity;
            }
            let oldest = events.iter().map(|event| event.observed_at).min().unwrap();
            prop_assert!(stale.observed_at < oldest);
            if let Merged::Applied(after) = merge(Some(&record), &stale, START) {
                let new = after.parts.keys().filter(|id| !record.parts.contains_key(*id)).count();
                prop_assert!(new > 0, "only a part that was not known may be added");
            }
            let mut future = stale.clone();
            "future".clone_into(&mut future.event_id);
            future.observed_at = after(START, ahead);
            let Merged::Applied(frozen) = merge(Some(&record), &future, START) else { panic!("it is the newest") };
            prop_assert!(frozen.parts.values().all(|s| s.version.observed_at <= START + CLOCK_TOLERANCE));
            prop_assert_eq!(merge(Some(&frozen), &future, after(START, 60)), Merged::Duplicate);
            let now = START + CLOCK_TOLERANCE + SignedDuration::from_secs(1);
            let mut real = future.clone();
            "real".clone_into(&mut real.event_id);
            real.observed_at = now;
            real.status = Status::Open;
            for part in &mut real.parts {
                part.status = Status::Open;
                part.severity = Severity::Critical;
            }
            let Merged::Applied(thawed) = merge(Some(&frozen), &real, now) else { panic!("it is the newest") };
            prop_assert_eq!(thawed.status(), Status::Open);
        }

        /// The first match decides, unless it continues; nobody is named twice; the same always gives the same.
        #[test]
        fn routes_are_deterministic(
            rules in vec((proptest::option::of(severity()), vec(select(SOURCES.to_vec()), 0..3), vec(0_u8..4, 0..4), any::<bool>()), 0..6),
            (source, severity) in (select(SOURCES.to_vec()), severity()),
        ) {
            let said = finding(source, 0, 0, "e", Status::Open, severity);
            let routes: Vec<Route> = rules
                .iter()
                .enumerate()
                .map(|(n, (severity_from, sources, channels, continue_matching))| Route {
                    name: format!("rule {n}"),
                    matcher: Matcher {
                        severity_from: *severity_from,
                        sources: sources.iter().map(ToString::to_string).collect(),
                        ..Matcher::default()
                    },
                    channels: channels.iter().map(|c| ChannelId::new(&c.to_string())).collect(),
                    continue_matching: *continue_matching,
                })
                .collect();
            let mut wanted: Vec<String> = Vec::new();
            for (from, sources, channels, continue_matching) in &rules {
                if from.is_none_or(|from| severity >= from) && (sources.is_empty() || sources.contains(&source)) {
                    wanted.extend(channels.iter().map(ToString::to_string));
                    if !continue_matching {
                        break;
                    }
                }
            }
            let mut seen = BTreeSet::new();
            wanted.retain(|channel| seen.insert(channel.clone()));
            let decision = decide(&routes, &said, |_| None);
            prop_assert_eq!(decision.channels.iter().map(ToString::to_string).collect::<Vec<_>>(), wanted);
            prop_assert_eq!(decide(&routes, &said, |_| None), decision);
        }

        /// PT-11: a waiver silences between its ends, up to its severity, and then the finding is due by itself.
        #[test]
        fn waivers_end_by_themselves_and_cover_no_more(
            (up_to, severity) in (severity(), severity()),
            (from, hours, revoked, approved) in (-50_i64..50, 1_i64..400, proptest::option::of(-60_i64..400), any::<bool>()),
            now in -60_i64..500,
        ) {
            let said = finding("ecr-scan", 0, -600, "e", Status::Open, severity);
            let hour = |hours: i64| after(START, hours * 3_600);
            let waiver = Waiver {
                id: "w".into(),
                target: WaiverTarget::Finding(said.key().to_string()),
                up_to,
                owner: "platform".into(),
                reason: "replaced next sprint".into(),
                proposed_by: "ana".into(),
                proposed_at: hour(-60),
                approved_by: approved.then(|| "ben".into()),
                from: hour(from),
                until: hour(from + hours),
                revoked_at: revoked.map(hour),
            };
            let limit = if up_to == Severity::Critical { 14 * 24 } else { 90 * 24 };
            prop_assert_eq!(waiver.validate(true).is_ok(), hours <= limit);
            let ends = hour(revoked.map_or(from + hours, |revoked| revoked.min(from + hours)));
            let now = hour(now);
            let in_force = approved && hour(from) <= now && now < ends;
            let policy = Policy { waivers: vec![waiver], ..POLICY.clone() };
            let record = publish(*applied(&said), &policy, now).record;
            let silent = in_force && severity <= up_to;
            prop_assert_eq!(waiver_for(&record, &policy.waivers, now).active_until, silent.then_some(ends));
            let slack = ChannelId::new("slack");
            let due = record.cursors[&slack].due.as_ref().unwrap().at;
            prop_assert_eq!(due, if silent { ends } else { now });
            prop_assert_eq!(claim(&record, &slack, &policy, now).is_none(), silent);
            prop_assert!(claim(&record, &slack, &policy, now.max(ends)).is_some(), "nobody needs to wake it");
        }

        /// PT-10: flood control only merges: each row in exactly one message, worst first, sources in turn.
        #[test]
        fn flood_control_never_drops(
            rows in vec((0_usize..5, severity(), 0_i64..1_000), 0..700),
            used in vec((0_usize..5, 0_u32..14), 0..5),
        ) {
            let rows: Vec<DueRow> = rows
                .into_iter()
                .enumerate()
                .map(|(n, (source, severity, seconds))| DueRow {
                    key: FindingKey::of("s", "", "", &n.to_string(), ""),
                    source: SOURCES[source].to_owned(),
                    severity,
                    since: after(START, seconds),
                })
                .collect();
            let mut windows = FloodWindows::default();
            for (source, times) in used {
                (0..times).for_each(|_| windows.count(SOURCES[source], START));
            }
            let steps = plan(rows.clone(), &windows, START);
            let mut planned: Vec<&FindingKey> = steps.iter().flat_map(Step::rows).map(|row| &row.key).collect();
            let mut given: Vec<&FindingKey> = rows.iter().map(|row| &row.key).collect();
            planned.sort();
            given.sort();
            prop_assert_eq!(planned, given);
            let head = |step: &Step| (step.rows()[0].severity, step.rows()[0].source.clone());
            prop_assert!(steps.is_sorted_by(|a, b| head(a).0 >= head(b).0), "worst first");
            for step in &steps {
                let (worst, source) = head(step);
                prop_assert!(step.rows().len() <= ROLL_UP_MAX);
                prop_assert!(step.rows().iter().all(|row| row.source == source && row.severity <= worst));
            }
            for source in SOURCES {
                let singles = steps.iter().filter(|s| matches!(s, Step::Single(_)) && head(s).1 == source).count();
                let left = windows.left(source, START) as usize;
                // One row alone is no flood: it needs no roll-up.
                prop_assert!(singles <= left + 1 && left <= FLOOD_SINGLES as usize);
            }
            // Between two messages of one source and severity, each other source that waits has its turn.
            for (n, step) in steps.iter().enumerate() {
                let same = |other: &Step| head(other) == head(step);
                let Some(next) = steps.iter().skip(n + 1).position(same) else { continue };
                let between: Vec<_> = steps.iter().skip(n + 1).take(next).map(head).collect();
                let waiting: BTreeSet<_> =
                    steps.iter().skip(n + 1).map(head).filter(|(s, o)| *s == head(step).0 && *o != head(step).1).collect();
                prop_assert!(waiting.iter().all(|other| between.contains(other)), "{between:?} {waiting:?}");
            }
        }
    }

    fn applied(said: &Finding) -> Box<Record> {
        let Merged::Applied(record) = merge(None, said, START) else { panic!("it is news") };
        record
    }
}
