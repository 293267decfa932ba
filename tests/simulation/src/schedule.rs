//! One random schedule: who takes the next step, who dies, what the provider answers. All of it follows from a number.

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::Checklist;

use super::worker::{Answer, Task, Worker};
use super::{Mutant, Random, START, Scene, Tally, World, after};

/// A schedule that does not come to rest within this many steps has a livelock.
const STEPS: u64 = 20_000;
/// The platform kills an invocation that takes longer than this.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(60);

/// What all schedules of a run have in common.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setting {
    /// The known-bad variant that runs, if any.
    pub mutant: Option<Mutant>,
    /// How many seconds the workers' clocks may be off; chosen by each schedule among 0, 1, 20 and 30 if not given.
    pub skew: Option<i64>,
}

/// How a schedule ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its number.
    pub schedule: u64,
    /// Its counts.
    pub tally: Tally,
    /// The promises that it broke.
    pub broken: Vec<String>,
    /// Its steps, if they were asked for.
    pub trace: Vec<String>,
}

/// How hostile a schedule is.
struct Weather {
    crash: u64,
    ambiguous: u64,
    refused: u64,
    freeze: u64,
    conflict: u64,
    /// How often an idle worker takes an event rather than tell what is due.
    merge: u64,
    killed_at_timeout: bool,
    outage_until: [Timestamp; 2],
}

impl Weather {
    fn of(random: &mut Random) -> Self {
        Self {
            crash: random.pick([0, 1, 3, 6]),
            ambiguous: random.pick([0, 5, 10, 20]),
            refused: random.pick([0, 5, 15]),
            freeze: random.pick([0, 0, 2, 4]),
            conflict: random.pick([0, 0, 5]),
            merge: random.pick([10, 25, 50]),
            killed_at_timeout: random.chance(60),
            outage_until: [outage(random), outage(random)],
        }
    }

    fn answer(&self, random: &mut Random, channel_is_out: bool) -> Answer {
        if channel_is_out {
            return random.pick([Answer::Refused, Answer::Refused, Answer::Wait(30), Answer::LostUnseen]);
        }
        if random.chance(self.ambiguous) {
            return random.pick([Answer::AcceptedUnseen, Answer::LostUnseen]);
        }
        if random.chance(self.refused) {
            return random.pick([Answer::Refused, Answer::Wait(1), Answer::Wait(30), Answer::Wait(900)]);
        }
        Answer::Accepted
    }
}

fn outage(random: &mut Random) -> Timestamp {
    let seconds = if random.chance(40) { random.below(600) } else { 0 };
    after(START, i64::try_from(seconds).unwrap_or(0))
}

/// Runs the schedule of that number to its end and checks the promises.
#[must_use]
pub fn run(schedule: u64, setting: Setting, checklist: &Checklist, trace: bool) -> Ended {
    let mut random = Random::new(schedule);
    let scene = Scene::of(&mut random, checklist);
    let weather = Weather::of(&mut random);
    let skew = setting.skew.unwrap_or_else(|| random.pick([0, 1, 20, 30]));
    let workers = (0..3).map(|_| Worker::new(offset(&mut random, skew), START)).collect();
    let mut world = World::new(&scene, workers, setting.mutant);
    world.trace = trace.then(Vec::new);
    if scene.subjects.len() > 3 {
        world.flood("ecr-scan");
    }
    while !world.is_quiet() && world.ledger.tally.steps < STEPS {
        act(&mut world, &mut random, &weather);
    }
    let mut broken =
        if world.is_quiet() { world.check(skew <= 30) } else { vec![format!("no rest after {STEPS} steps")] };
    broken.truncate(8);
    let tally = Tally { schedules: 1, ..world.ledger.tally };
    Ended { schedule, tally, broken, trace: world.trace.unwrap_or_default() }
}

/// Any offset within the skew, to the millisecond; half of the clocks are off by all of it.
fn offset(random: &mut Random, skew: i64) -> SignedDuration {
    let span = u64::try_from(skew).unwrap_or(0) * 2_000;
    let any = i64::try_from(random.below(span + 1)).unwrap_or(0) - skew * 1_000;
    SignedDuration::from_millis(random.pick([any, any, skew * 1_000, -skew * 1_000]))
}

fn act(world: &mut World<'_>, random: &mut Random, weather: &Weather) {
    let pause = SignedDuration::from_millis(i64::try_from(random.below(3_000)).unwrap_or(0));
    world.now = world.now.checked_add(pause).unwrap_or(world.now);
    let number = random.position(world.workers.len());
    let Some(worker) = world.workers.get(number) else { return };
    if worker.frozen_until > world.now {
        return pass_time(world);
    }
    if worker.is_idle() {
        return begin(world, random, number, weather.merge);
    }
    let overtime = world.now.duration_since(worker.started) > TIMEOUT;
    if (weather.killed_at_timeout && overtime) || random.chance(weather.crash) {
        return world.crash(number);
    }
    if random.chance(weather.freeze) {
        let seconds = 1 + i64::try_from(random.below(200)).unwrap_or(0);
        world.say(|| format!("worker {number} freezes for {seconds} s"));
        let until = after(world.now, seconds);
        if let Some(worker) = world.workers.get_mut(number) {
            worker.frozen_until = until;
        }
        return;
    }
    let channel = if let Task::Tell(deliver) = &worker.task { deliver.channel } else { 0 };
    let is_out = weather.outage_until.get(channel).is_some_and(|until| world.now < *until);
    if random.chance(weather.conflict) {
        world.disturb(number);
    }
    let answer = weather.answer(random, is_out);
    world.step(number, answer);
}

/// An idle worker takes an event, or tells a channel: mostly what is worst, sometimes anything.
fn begin(world: &mut World<'_>, random: &mut Random, number: usize, merge: u64) {
    if !world.stream.is_empty() && random.chance(merge) {
        let last = world.stream.len() - 1;
        return world.start_merge(number, last);
    }
    let channel = random.position(world.channels());
    let steps = world.messages(number, channel);
    let position = if random.chance(70) { 0 } else { random.position(steps.len()) };
    match steps.get(position) {
        Some(step) => world.start_tell(number, channel, step),
        None => pass_time(world),
    }
}

/// This worker had nothing to do: if that is so for all, time goes on to the next thing that can happen.
fn pass_time(world: &mut World<'_>) {
    world.ledger.tally.steps += 1;
    let now = world.now;
    let busy = |worker: &&Worker| !worker.is_idle();
    if !world.stream.is_empty() || world.workers.iter().filter(busy).any(|worker| worker.frozen_until <= now) {
        return;
    }
    let thaws = world.workers.iter().filter(busy).map(|worker| worker.frozen_until).min();
    let next = match (world.next_due(), thaws) {
        // What is due already waits for the worker whose clock is behind.
        (Some(due), None) => Some(due),
        (Some(due), Some(thaws)) if due > now => Some(due.min(thaws)),
        (Some(_), Some(_)) => None,
        (None, thaws) => thaws,
    };
    world.now = next.map_or(now, |next| next.max(now));
}

/// The outcome of many schedules.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The sum.
    pub tally: Tally,
    /// The largest [`Tally::unexplained`] of any one schedule.
    pub worst_unexplained: Option<i64>,
    /// Schedules that broke a promise: at most the first twenty, in order.
    pub failures: Vec<Ended>,
}

impl Summary {
    fn add(&mut self, ended: Ended) {
        self.tally.add(&ended.tally);
        self.worst_unexplained = self.worst_unexplained.max(Some(ended.tally.unexplained()));
        if !ended.broken.is_empty() && self.failures.len() < 20 {
            self.failures.push(ended);
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let t = &self.tally;
        write!(
            f,
            "{} schedules, {} steps, {} sends ({} roll-ups, {} flapping), {} duplicates, {} crashes, {} ambiguous, {} refused, \
             {} lost races, worst (duplicates - crashes - ambiguous) {}",
            t.schedules,
            t.steps,
            t.sends,
            t.roll_ups,
            t.flapping,
            t.duplicates,
            t.crashes,
            t.ambiguous,
            t.refused,
            t.conflicts,
            self.worst_unexplained.unwrap_or(0)
        )
    }
}

/// Runs the schedules from `first` on, on all processors.
#[must_use]
pub fn run_many(first: u64, count: u64, setting: Setting, checklist: &Checklist) -> Summary {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let mut summary = Summary::default();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut part = Summary::default();
                    for schedule in (first + thread..first + count).step_by(usize::try_from(threads).unwrap_or(1)) {
                        part.add(run(schedule, setting, checklist, false));
                    }
                    part
                })
            })
            .collect();
        for handle in running {
            let part = handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            summary.tally.add(&part.tally);
            summary.worst_unexplained = summary.worst_unexplained.max(part.worst_unexplained);
            summary.failures.extend(part.failures);
        }
    });
    summary.failures.sort_by_key(|ended| ended.schedule);
    summary
}

/// The first schedule, among the first `most`, that breaks the promise whose name begins like that.
#[must_use]
pub fn first_caught(most: u64, setting: Setting, checklist: &Checklist, promise: &str) -> Option<Ended> {
    let breaks = |ended: &Ended| ended.broken.iter().any(|broken| broken.starts_with(promise));
    (0..most).map(|schedule| run(schedule, setting, checklist, false)).find(breaks)
}

/// What a failure prints: the schedule's number, what broke, its last steps, and how to see all of them.
#[must_use]
pub fn explain(ended: &Ended, setting: Setting, checklist: &Checklist) -> String {
    let trace = run(ended.schedule, setting, checklist, true).trace;
    let last = trace.get(trace.len().saturating_sub(40)..).unwrap_or_default().join("\n  ");
    format!(
        "schedule {} broke:\n  {}\nits last steps:\n  {last}\nsee all of them with PLIMSOLL_SCHEDULE={}",
        ended.schedule,
        ended.broken.join("\n  "),
        ended.schedule
    )
}
