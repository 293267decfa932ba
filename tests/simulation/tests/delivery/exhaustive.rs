//! The small case, in every order: one finding, three events, two workers, one fault.

use plimsoll_finding::{Severity, Status};
use plimsoll_simulation::{Mutant, Search, checklist, search, small_scene};

use Severity::{Critical, Low};
use Status::{Open, Resolved};

/// What three events may say: each way in which a finding opens, closes, rises and falls.
const CASES: [[(Status, Severity); 3]; 4] = [
    [(Open, Low), (Open, Critical), (Open, Low)],
    [(Open, Low), (Open, Critical), (Resolved, Critical)],
    [(Open, Critical), (Resolved, Critical), (Open, Critical)],
    [(Resolved, Low), (Open, Critical), (Resolved, Critical)],
];

#[test]
fn no_order_of_steps_breaks_a_promise() {
    let checklist = checklist();
    let found: Vec<Search> = std::thread::scope(|scope| {
        let checklist = &checklist;
        let running = CASES.map(|case| scope.spawn(move || search(&small_scene(&case, checklist), 2, 1, None)));
        running.into_iter().map(|search| search.join().expect("no panic")).collect()
    });
    let mut sum = Search::default();
    for (case, found) in CASES.iter().zip(found) {
        if let Some((broken, trace)) = found.broken {
            panic!("{case:?} broke:\n  {}\nafter:\n  {}", broken.join("\n  "), trace.join("\n  "));
        }
        println!("{case:?}: {} states, {} ends", found.states, found.ends);
        sum.states += found.states;
        sum.ends += found.ends;
    }
    println!("{} states, {} ends, no promise broken", sum.states, sum.ends);
    assert!(sum.ends > 100);
}

#[test]
fn the_search_finds_what_is_wrong() {
    for mutant in
        [Mutant::RecordBeforeSend, Mutant::NoInFlightMark, Mutant::NoLease, Mutant::PeakIgnored, Mutant::SendWhenLate]
    {
        let searches = CASES.iter().map(|case| search(&small_scene(case, &checklist()), 2, 1, Some(mutant)));
        let states = searches.filter(|search| search.broken.is_some()).map(|search| search.states).next();
        println!("{mutant:?} is caught after {states:?} states");
        assert!(states.is_some(), "{mutant:?} passed");
    }
}
