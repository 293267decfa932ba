//! What a judge sees: the reads of one account and region, and of the account as a whole. A read that is absent, cut
//! short or refused is blind, never empty.

use plimsoll_checklist::{Blind, Verdict, Witness};

use crate::{
    Collection, Read, Settings,
    answer::Answer,
    place::Place,
    reads::{self, Extent},
};

/// The reads that the judge of a line may look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) own: &'a Collection,
    pub(crate) all: &'a [Collection],
    pub(crate) settings: &'a Settings,
}

/// All resources of a kind, and why there may be more of them.
#[derive(Debug, Clone)]
pub(crate) struct Set<'a> {
    pub(crate) kind: &'static str,
    pub(crate) resources: Vec<Place<'a>>,
    pub(crate) blind: Option<Blind>,
}

impl<'a> View<'a> {
    /// The resources of a kind: of this region, or for what is global, of the account.
    pub(crate) fn of(&self, kind: &'static str) -> Set<'a> {
        let global = reads::kind(kind).is_some_and(|known| known.extent == Extent::Account);
        let holder = if global { self.of_account().find(|c| c.reads.contains_key(kind)) } else { Some(self.own) };
        self.set(kind, holder.and_then(|collection| collection.reads.get(kind)))
    }

    /// The resources of a kind in every region of the account that was read.
    pub(crate) fn everywhere(&self, kind: &'static str) -> Set<'a> {
        let mut all = Set { kind, resources: Vec::new(), blind: None };
        for collection in self.of_account() {
            let set = Self { own: collection, ..*self }.of(kind);
            all.resources.extend(set.resources);
            all.blind = all.blind.or(set.blind);
        }
        all
    }

    /// Sees the region that a resource is in; `None` if it was not read.
    pub(crate) fn region(&self, account: &str, region: &str) -> Option<Self> {
        let own = self.all.iter().find(|c| c.account == account && c.region == region)?;
        Some(Self { own, ..*self })
    }

    fn of_account(&self) -> impl Iterator<Item = &'a Collection> {
        let account = &self.own.account;
        self.all.iter().filter(move |c| &c.account == account)
    }

    fn set(&self, kind: &'static str, read: Option<&'a Read>) -> Set<'a> {
        let Some(read) = read else {
            let remedy = "let the collector read it: its role or its version may lack the call";
            return Set {
                kind,
                resources: Vec::new(),
                blind: Some(Blind::new(format!("{kind} was not read"), remedy)),
            };
        };
        let resources: Vec<Place<'a>> = read.resources.iter().map(|resource| Place::root(kind, resource)).collect();
        let refused = read.errors.first().map(|error| {
            let what = error.resource.as_deref().map(|id| format!(" for {id}")).unwrap_or_default();
            Blind::new(format!("{}{what}: {}", error.action, error.kind.label()), error.kind.advice())
        });
        let short =
            || Blind::new(format!("the list of {kind} is not complete"), "wait for the next run of the collector");
        let blind =
            refused.or_else(|| (!read.complete).then(short)).or_else(|| self.contradicted(kind, resources.len()));
        Set { kind, resources, blind }
    }

    /// AWS Config counts more resources of the kind than were listed: the list was cut short without a word.
    fn contradicted(&self, kind: &str, listed: usize) -> Option<Blind> {
        let counted = self.counted(kind)?;
        (listed < counted).then(|| {
            Blind::new(
                format!("AWS Config counts {counted} of {kind} and the list has {listed}"),
                "wait for the next run: Cloud Control lists are cut short now and then, and Config lags behind",
            )
        })
    }

    /// How many resources of the kind AWS Config has discovered in the region.
    fn counted(&self, kind: &str) -> Option<usize> {
        let known = reads::kind(kind)?;
        let counted = match kind {
            "ecs:DescribeServices" => "AWS::ECS::Service",
            "ecs:DescribeClusters" => "AWS::ECS::Cluster",
            _ if known.extent == Extent::Region && kind.starts_with("AWS::") => kind,
            _ => return None,
        };
        let counts = &self.own.reads.get(COUNTS)?.resources;
        let count = counts.iter().find(|count| count.id == counted)?;
        count.properties.get("count")?.as_u64().and_then(|n| usize::try_from(n).ok())
    }

    /// Whether lists of these kinds may be believed to be as short as they are: AWS Config, which has discovered
    /// something in this region, counts no more.
    pub(crate) fn second_witness(&self, kinds: &[&'static str]) -> Option<Blind> {
        for kind in kinds {
            if let Some(blind) = self.of(kind).blind {
                return Some(blind);
            }
        }
        let counts = self.of(COUNTS);
        let silent = || {
            Blind::new(
                "an empty list has no second witness: AWS Config counts no resources here",
                "turn on the recorder of AWS Config, and grant config:GetDiscoveredResourceCounts to the collector's role",
            )
        };
        counts.blind.or_else(|| counts.resources.is_empty().then(silent))
    }
}

const COUNTS: &str = "config:GetDiscoveredResourceCounts";

impl<'a> Set<'a> {
    /// The resource with that identifier. One that is not in the read was not seen.
    pub(crate) fn find(&self, id: &str) -> Result<Place<'a>, Blind> {
        self.find_by(id, |place| place.unit() == id)
    }

    /// The resource that `is` the one named `id`.
    pub(crate) fn find_by(&self, id: &str, is: impl Fn(&Place<'a>) -> bool) -> Result<Place<'a>, Blind> {
        self.resources.iter().find(|place| is(place)).cloned().ok_or_else(|| {
            self.blind.clone().unwrap_or_else(|| {
                let remedy = "let the collector read the account and region that it is in";
                Blind::new(format!("{id} was not among what was read of {}", self.kind), remedy)
            })
        })
    }

    /// One of them has to hold for `unit`. Where the list may be longer, that none holds cannot be told.
    pub(crate) fn some(&self, unit: &str, wanted: &str, judge: impl FnMut(&Place<'a>) -> Answer) -> Answer {
        let none = || Answer::of(Verdict::Fails, self.witness(unit, wanted));
        let answer = Answer::any(self.resources.iter().map(judge), none);
        match (&self.blind, answer.fails()) {
            (Some(blind), true) => Answer::cannot_tell(blind.clone()),
            (None, true) if !answer.witnesses.is_empty() => none(),
            _ => answer,
        }
    }

    fn witness(&self, unit: &str, wanted: &str) -> Witness {
        Witness {
            kind: self.kind.to_owned(),
            unit: unit.to_owned(),
            path: self.kind.to_owned(),
            operator: "has".to_owned(),
            expected: wanted.to_owned(),
            actual: format!("none of {}", self.resources.len()),
        }
    }
}
