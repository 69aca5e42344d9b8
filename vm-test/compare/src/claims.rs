//! What people say about drivers in user space, and which figures answer it.

/// A claim that is repeated about drivers in user space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The claim, in a sentence.
    pub claim: &'static str,
    /// The dimensions that answer it.
    pub dimensions: &'static [&'static str],
    /// What the figures say about it, and what they do not.
    pub answer: &'static str,
}

/// The claims, each with the dimensions that answer it.
pub const CLAIMS: [Claim; 6] = [
    Claim {
        claim: "In user space a driver has the whole C library.",
        dimensions: &["functions-offered", "functions-imported", "io-calls", "io-allocations"],
        answer: "The kernel offers a part of the C library, and a driver imports a small part of that; on the IO path, where no \
                 function without a bound on its time may be called, it matters how little is called at all.",
    },
    Claim {
        claim: "In user space an ordinary debugger will do.",
        dimensions: &["debugger-reach"],
        answer: "What stands still at a breakpoint tells whether one machine is enough to debug on.",
    },
    Claim {
        claim: "In user space a driver that hangs can be killed.",
        dimensions: &["hang-recovery", "fault-reach", "fault-recovery"],
        answer: "Counted until sound is back, because a driver that can be killed takes its clients' sound along.",
    },
    Claim {
        claim: "In user space a driver's memory can be swapped out.",
        dimensions: &["wired-memory", "pageable-memory"],
        answer: "Both parts side by side: what can be swapped costs nothing while it is idle and a deadline when it is needed.",
    },
    Claim {
        claim: "In user space several programs can use a device at once.",
        dimensions: &["several-writers", "bit-exactness"],
        answer: "The sum of several writers decides, not where the driver runs.",
    },
    Claim {
        claim: "In user space a new release of the system does not break the driver.",
        dimensions: &["interface-span", "functions-imported"],
        answer: "The releases that one and the same binary suits, and what it needs of them.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_is_answered_by_dimensions_that_there_are() {
        for claim in CLAIMS {
            assert!(!claim.dimensions.is_empty(), "{}", claim.claim);
            for id in claim.dimensions {
                assert!(crate::definitions::find(id).is_some(), "{id}");
            }
        }
    }
}
