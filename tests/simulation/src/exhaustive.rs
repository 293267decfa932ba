//! Every schedule of a small case: one finding, three events, two workers, one channel, one fault. A state that was
//! seen before is not searched again.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use plimsoll_checklist::Checklist;
use plimsoll_finding::{Severity, Status};
use plimsoll_message::ChannelId;

use super::worker::{Answer, Phase, Task, Worker};
use super::{Mutant, START, Scene, World, scene};

/// How often time may go on to the next lease or back-off while a worker is in the middle of something.
const JUMPS: u32 = 1;

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Different states.
    pub states: u64,
    /// Of these, states in which all is quiet: the promises were checked in each.
    pub ends: u64,
    /// The first end that broke a promise: what, and the steps that led there.
    pub broken: Option<(Vec<String>, Vec<String>)>,
}

/// One choice.
#[derive(Debug, Clone, Copy)]
enum Action {
    Merge(usize, usize),
    Tell(usize),
    Step(usize, Answer),
    Crash(usize),
    Wait,
}

#[derive(Clone)]
struct Node<'s> {
    world: World<'s>,
    faults: u32,
    jumps: u32,
    /// Where it stands in the list of all actions, each with the one before it.
    path: Option<usize>,
}

/// The scene of the small case: what AWS says, a second apart each.
#[must_use]
pub fn small_scene(said: &[(Status, Severity)], checklist: &Checklist) -> Scene {
    let findings: Vec<_> = (-600..)
        .zip(said)
        .map(|(seconds, (status, severity))| {
            scene::finding("ecr-scan", 0, seconds, &seconds.to_string(), *status, *severity)
        })
        .collect();
    let expected = scene::expected(&findings.iter().collect::<Vec<_>>());
    let subjects =
        findings.first().map(|finding| scene::Subject { key: finding.key(), expected }).into_iter().collect();
    let mut policy = scene::policy(&["slack"], checklist);
    policy.channels.retain(|id, _| *id == ChannelId::new("slack"));
    let stream = (0..findings.len()).collect();
    Scene { subjects, events: findings.into_iter().map(|finding| (0, finding)).collect(), stream, policy }
}

/// Searches all schedules of a scene with that many faults: a crash or kill at any step, or an answer that is lost.
#[must_use]
pub fn search(scene: &Scene, workers: usize, faults: u32, mutant: Option<Mutant>) -> Search {
    let workers = (0..workers).map(|_| Worker::new(jiff::SignedDuration::ZERO, START)).collect();
    let mut search = Search::default();
    let mut seen = HashSet::new();
    let first = Node { world: World::new(scene, workers, mutant), faults, jumps: JUMPS, path: None };
    let mut taken: Vec<(Option<usize>, Action)> = Vec::new();
    let mut open = vec![first.clone()];
    while let Some(node) = open.pop() {
        if !seen.insert(shape(&node)) {
            continue;
        }
        search.states += 1;
        if node.world.is_quiet() {
            search.ends += 1;
            let broken = node.world.check(true);
            if !broken.is_empty() {
                search.broken = Some((broken, replay(first, &taken, node.path)));
                return search;
            }
            continue;
        }
        for action in actions(&node) {
            taken.push((node.path, action));
            let mut next = act(node.clone(), action);
            next.path = taken.len().checked_sub(1);
            open.push(next);
        }
    }
    search
}

/// The steps that led to a state, in words.
fn replay(mut node: Node<'_>, taken: &[(Option<usize>, Action)], mut path: Option<usize>) -> Vec<String> {
    let mut actions = Vec::new();
    while let Some((before, action)) = path.and_then(|position| taken.get(position)) {
        actions.push(*action);
        path = *before;
    }
    node.world.trace = Some(Vec::new());
    let end = actions.into_iter().rev().fold(node, act);
    end.world.trace.unwrap_or_default()
}

fn shape(node: &Node<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (node.faults, node.jumps, node.world.shape()).hash(&mut hasher);
    hasher.finish()
}

fn actions(node: &Node<'_>) -> Vec<Action> {
    let world = &node.world;
    // A step that nobody else can see: whatever others do first comes to the same, so it is taken at once.
    for (number, worker) in world.workers.iter().enumerate() {
        match &worker.task {
            Task::Tell(deliver) if matches!(deliver.phase, Phase::Load) && deliver.rows.is_empty() => {
                return vec![Action::Step(number, Answer::Accepted)];
            }
            Task::Acknowledge { .. } => {
                let crash = (node.faults > 0).then_some(Action::Crash(number));
                return std::iter::once(Action::Step(number, Answer::Accepted)).chain(crash).collect();
            }
            _ => {}
        }
    }
    let mut actions = Vec::new();
    // Idle workers are alike: it is enough that one of them begins.
    if let Some(idle) = world.workers.iter().position(Worker::is_idle) {
        actions.extend((0..world.stream.len()).map(|position| Action::Merge(idle, position)));
        if world.next_due().is_some_and(|due| due <= world.now) {
            actions.push(Action::Tell(idle));
        }
    }
    let busy = world.workers.iter().enumerate().filter(|(_, worker)| !worker.is_idle());
    for (number, worker) in busy {
        actions.push(Action::Step(number, Answer::Accepted));
        if node.faults > 0 {
            actions.push(Action::Crash(number));
            if matches!(&worker.task, Task::Tell(deliver) if matches!(deliver.phase, Phase::Send(_))) {
                let faults = [Answer::AcceptedUnseen, Answer::LostUnseen, Answer::Refused];
                actions.extend(faults.map(|answer| Action::Step(number, answer)));
            }
        }
    }
    let at_rest = world.stream.is_empty() && world.workers.iter().all(Worker::is_idle);
    if world.next_due().is_some_and(|due| due > world.now) && (at_rest || node.jumps > 0) {
        actions.push(Action::Wait);
    }
    actions
}

fn act(mut node: Node<'_>, action: Action) -> Node<'_> {
    let world = &mut node.world;
    match action {
        Action::Merge(worker, position) => world.start_merge(worker, position),
        Action::Tell(worker) => {
            if let Some(step) = world.messages(worker, 0).first() {
                world.start_tell(worker, 0, step);
            }
        }
        Action::Step(worker, answer) => {
            node.faults -= u32::from(answer != Answer::Accepted);
            world.step(worker, answer);
        }
        Action::Crash(worker) => {
            node.faults -= 1;
            world.crash(worker);
        }
        Action::Wait => {
            let at_rest = world.stream.is_empty() && world.workers.iter().all(Worker::is_idle);
            node.jumps -= u32::from(!at_rest);
            world.now = world.next_due().map_or(world.now, |due| due.max(world.now));
            world.say(|| "time passes".to_owned());
        }
    }
    node
}
