//! Random schedules, by number.

use plimsoll_simulation::{Setting, checklist, explain, run, run_many};

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.trim().parse().expect("a whole number"))
}

#[test]
fn no_schedule_breaks_a_promise() {
    let (setting, checklist) = (Setting::default(), checklist());
    if let Some(schedule) = number("PLIMSOLL_SCHEDULE") {
        let ended = run(schedule, setting, &checklist, true);
        println!("{}\n{:?}", ended.trace.join("\n"), ended.tally);
        assert!(ended.broken.is_empty(), "schedule {schedule} broke:\n{}", ended.broken.join("\n"));
        return;
    }
    let count = number("PLIMSOLL_SCHEDULES").unwrap_or(10_000);
    let summary = run_many(0, count, setting, &checklist);
    println!("{summary}");
    if let Some(first) = summary.failures.first() {
        panic!("{} schedules or more; {}", summary.failures.len(), explain(first, setting, &checklist));
    }
    assert_eq!(summary.tally.schedules, count);
    // Schedules in which nothing goes wrong would prove nothing.
    assert!(summary.tally.crashes > count && summary.tally.ambiguous > count && summary.tally.conflicts > count);
    assert!(summary.tally.roll_ups > 0 && summary.tally.flapping > 0);
}
