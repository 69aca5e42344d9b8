//! What becomes of the samples.

use super::{Better, Definition, Group};

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "bit-exactness",
        group: Group::Data,
        title: "Bit-exactness",
        unit: "wrong samples",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Whole numbers of 24 bits, random bits, subnormals, infinities and negative nought are played at full level with \
                 one client and compared bit for bit with what is read, once their distance is known, over a grid of buffer sizes.",
        meaning: "Zero means that a loop through this driver changes nothing, not even what no sound needs.",
        on_mac: "One client at the device's own rate, levels at maximum, no aggregate device.",
    },
    Definition {
        id: "ring-end",
        group: Group::Data,
        title: "The end of the ring",
        unit: "wrong samples",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Buffers are written and read back: some that end exactly at the ring's end, some that cross it, some a \
                 quarter of the ring long, each over ten ends. The details give each.",
        meaning: "Where rings go wrong, once a second or so: a click that is hard to find.",
        on_mac: "Buffer sizes that do and do not divide the ring, each until ten ends have been passed.",
    },
    Definition {
        id: "under-run",
        group: Group::Data,
        title: "Stale sound after an under-run",
        unit: "frames",
        better: Better::Lower,
        tolerance: 0.0,
        method: "A writer goes away while a reader goes on for four rings. Frames the reader hears beyond the last one that was \
                 written.",
        meaning: "A driver that does not notice repeats the last ring for as long as somebody listens.",
        on_mac: "An IOProc that leaves its output buffers unwritten, and one that records.",
    },
    Definition {
        id: "several-writers",
        group: Group::Data,
        title: "Several writers at once",
        unit: "of full scale",
        better: Better::Lower,
        tolerance: 1.0 / 16_777_216.0,
        method: "Several clients write different sounds to the same frames. Largest distance of what is read from their sum; the \
                 tolerance is one step of 24 bits.",
        meaning: "Nought means that everybody is heard; one means that somebody is not heard at all.",
        on_mac: "Two processes play, a third records; the server may have mixed before the driver sees anything.",
    },
];
