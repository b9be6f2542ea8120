//! A role, and where it comes from: people, a claim, or both.

use crate::permission::{EnterpriseRole, LocalRole};

/// A role that is stronger or weaker than another.
pub(super) trait Rank: Copy + PartialEq {
    fn rank(self) -> u8;
}

impl Rank for EnterpriseRole {
    fn rank(self) -> u8 {
        match self {
            Self::Member => 0,
            Self::Auditor => 1,
            Self::Administrator => 2,
            Self::Owner => 3,
        }
    }
}

impl Rank for LocalRole {
    fn rank(self) -> u8 {
        match self {
            Self::Member => 0,
            Self::Manager => 1,
        }
    }
}

/// The one that allows more.
pub(super) fn stronger<R: Rank>(one: R, other: R) -> R {
    if other.rank() > one.rank() { other } else { one }
}

/// A role as a row holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held<R> {
    /// The one that counts.
    pub(super) role: R,
    /// What people gave besides, where a claim gives something.
    pub(super) by_hand: Option<R>,
    /// What a claim gives.
    pub(super) by_claim: Option<R>,
}

impl<R: Rank> Held<R> {
    /// What people gave, whether a claim gives something or not. Whoever changes a role by hand writes `role` alone;
    /// when it is not what hand and claim make together, it is by hand.
    pub(super) fn hand(&self) -> Option<R> {
        match self.by_claim {
            None => Some(self.role),
            Some(claim) => {
                let together = self.by_hand.map_or(claim, |hand| stronger(hand, claim));
                if self.role == together { self.by_hand } else { Some(self.role) }
            }
        }
    }

    /// What people and a claim give together; nothing when neither does.
    pub(super) fn together(hand: Option<R>, claim: Option<R>) -> Option<Self> {
        let role = match (hand, claim) {
            (Some(hand), Some(claim)) => stronger(hand, claim),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return None,
        };
        Some(Self { role, by_hand: hand.filter(|_| claim.is_some()), by_claim: claim })
    }
}

#[cfg(test)]
mod tests {
    use EnterpriseRole::{Administrator, Auditor, Member, Owner};

    use super::*;

    #[test]
    fn what_a_claim_gave_its_absence_takes_away_and_what_hands_gave_stays() {
        // Given by hand, then by claim at one sign-in after the other; what counts after each.
        let cases = [
            (None, vec![Some(Member)], vec![Some(Member)]),
            (None, vec![Some(Owner), None], vec![Some(Owner), None]),
            (None, vec![Some(Owner), Some(Auditor)], vec![Some(Owner), Some(Auditor)]),
            (Some(Member), vec![None], vec![Some(Member)]),
            (Some(Member), vec![Some(Administrator), None], vec![Some(Administrator), Some(Member)]),
            (Some(Owner), vec![Some(Member), None], vec![Some(Owner), Some(Owner)]),
            (Some(Member), vec![Some(Member), None], vec![Some(Member), Some(Member)]),
            (
                Some(Auditor),
                vec![Some(Owner), Some(Member), None],
                vec![Some(Owner), Some(Auditor), Some(Auditor)],
            ),
        ];
        for (hand, claims, expected) in cases {
            let mut held = Held::together(hand, None);
            let mut seen = Vec::new();
            for claim in claims {
                held = Held::together(held.and_then(|held| held.hand()), claim);
                seen.push(held.map(|held| held.role));
            }
            assert_eq!(seen, expected, "{hand:?}");
        }
    }

    #[test]
    fn a_change_by_hand_of_what_a_claim_gives_is_by_hand() {
        let claimed = Held::together(Some(Auditor), Some(Administrator)).unwrap();
        let changed = Held { role: Member, ..claimed };
        assert_eq!(changed.hand(), Some(Member));
        assert_eq!(Held::together(changed.hand(), None).unwrap().role, Member);
        let changed = Held { role: Owner, ..claimed };
        assert_eq!(Held::together(changed.hand(), Some(Administrator)).unwrap().role, Owner);
        let by_claim_alone = Held::together(None, Some(Member)).unwrap();
        assert_eq!(Held { role: Auditor, ..by_claim_alone }.hand(), Some(Auditor));
        assert_eq!(by_claim_alone.hand(), None);
    }
}
