//! Functions of any number of arguments: their entries save what a caller passes in registers.

/// What a caller passed, as the entry has saved it: six integers, eight vectors of which the low halves are numbers, and the
/// rest on the stack.
#[repr(C)]
pub(crate) struct Arguments {
    integers: [u64; 6],
    vectors: [[u64; 2]; 8],
    stack: usize,
}

impl Arguments {
    /// Arguments that lie in memory, a word each.
    pub(crate) fn in_memory(words: &[u64]) -> Arguments {
        Arguments { integers: [0; 6], vectors: [[0; 2]; 8], stack: words.as_ptr() as usize }
    }

    /// All of [`Arguments::in_memory`], of whatever kind.
    pub(crate) fn all(&self) -> Taken<'_> {
        Taken { arguments: self, integers: self.integers.len(), vectors: self.vectors.len(), stack: self.stack }
    }

    /// An argument among the first six integers or pointers.
    pub(crate) fn integer(&self, index: usize) -> u64 {
        self.integers.get(index).copied().unwrap_or(0)
    }

    /// Those behind the first `fixed` integers or pointers.
    pub(crate) fn after(&self, fixed: usize) -> Taken<'_> {
        Taken { arguments: self, integers: fixed, vectors: 0, stack: self.stack }
    }
}

/// Where a function is in its arguments.
pub(crate) struct Taken<'a> {
    arguments: &'a Arguments,
    integers: usize,
    vectors: usize,
    stack: usize,
}

impl Taken<'_> {
    /// The next integer or pointer.
    pub(crate) fn integer(&mut self) -> u64 {
        let index = self.integers;
        self.integers += 1;
        self.arguments.integers.get(index).copied().unwrap_or_else(|| self.next_on_stack())
    }

    /// The next double.
    pub(crate) fn double(&mut self) -> f64 {
        let index = self.vectors;
        self.vectors += 1;
        f64::from_bits(self.arguments.vectors.get(index).map_or_else(|| self.next_on_stack(), |vector| vector[0]))
    }

    fn next_on_stack(&mut self) -> u64 {
        let word = crate::memory::u64_at(self.stack);
        self.stack += 8;
        word
    }
}

/// Defines the entry `$name` of a function with any number of arguments, whose work `$work` does with a
/// `&`[`Arguments`].
macro_rules! variadic {
    ($name:ident, $work:ident) => {
        #[unsafe(naked)]
        extern "C" fn $name() -> u64 {
            std::arch::naked_asm!(
                "push rbp",
                "mov rbp, rsp",
                "sub rsp, 192",
                "mov [rsp], rdi",
                "mov [rsp + 8], rsi",
                "mov [rsp + 16], rdx",
                "mov [rsp + 24], rcx",
                "mov [rsp + 32], r8",
                "mov [rsp + 40], r9",
                "movups [rsp + 48], xmm0",
                "movups [rsp + 64], xmm1",
                "movups [rsp + 80], xmm2",
                "movups [rsp + 96], xmm3",
                "movups [rsp + 112], xmm4",
                "movups [rsp + 128], xmm5",
                "movups [rsp + 144], xmm6",
                "movups [rsp + 160], xmm7",
                "lea rax, [rbp + 16]",
                "mov [rsp + 176], rax",
                "mov rdi, rsp",
                "call {work}",
                "leave",
                "ret",
                work = sym $work,
            )
        }
    };
}
pub(crate) use variadic;
