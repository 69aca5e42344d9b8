//! memmove, memcpy, memset and memcmp. Those of `compiler_builtins` repeat string instructions, of which QEMU ends and starts a
//! block for each under the instruction-counted clock, or go byte by byte; loops of vector moves are several times faster
//! there. Ends are done by moves that overlap what was done before, so that few blocks have loops of bytes.

use core::arch::naked_asm;

/// Copies `length` bytes that may overlap; returns `to`.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    naked_asm!(
        r"
        mov rax, rdi
        cmp rdx, 16
        jb 4f
        mov rcx, rdi
        sub rcx, rsi
        cmp rcx, rdx
        jb 7f

        // The end is read first: what is written before may lie over it.
        movups xmm4, [rsi + rdx - 16]
        lea r8, [rdi + rdx - 16]
        sub rdx, 64
        jbe 3f
    2:  movups xmm0, [rsi]
        movups xmm1, [rsi + 16]
        movups xmm2, [rsi + 32]
        movups xmm3, [rsi + 48]
        movups [rdi], xmm0
        movups [rdi + 16], xmm1
        movups [rdi + 32], xmm2
        movups [rdi + 48], xmm3
        add rsi, 64
        add rdi, 64
        sub rdx, 64
        ja 2b
    3:  add rdx, 48
        jle 33f
    32: movups xmm0, [rsi]
        movups [rdi], xmm0
        add rsi, 16
        add rdi, 16
        sub rdx, 16
        ja 32b
    33: movups [r8], xmm4
        ret

        // Fewer than 16 bytes: all are read before any is written.
    4:  cmp edx, 8
        jb 5f
        mov rcx, [rsi]
        mov r8, [rsi + rdx - 8]
        mov [rdi], rcx
        mov [rdi + rdx - 8], r8
        ret
    5:  cmp edx, 4
        jb 6f
        mov ecx, [rsi]
        mov r8d, [rsi + rdx - 4]
        mov [rdi], ecx
        mov [rdi + rdx - 4], r8d
        ret
    6:  test edx, edx
        jz 63f
        mov r9d, edx
        shr r9d
        movzx ecx, byte ptr [rsi]
        movzx r10d, byte ptr [rsi + r9]
        movzx r8d, byte ptr [rsi + rdx - 1]
        mov [rdi], cl
        mov [rdi + r9], r10b
        mov [rdi + rdx - 1], r8b
    63: ret

        // The target lies within the source, behind its start: from the end.
    7:  movups xmm4, [rsi]
    72: movups xmm0, [rsi + rdx - 16]
        movups [rdi + rdx - 16], xmm0
        sub rdx, 16
        cmp rdx, 16
        ja 72b
        movups [rdi], xmm4
        ret
        "
    )
}

/// Copies `length` bytes; returns `to`.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    naked_asm!("jmp {memmove}", memmove = sym memmove)
}

/// Sets `length` bytes to the lowest byte of `byte`; returns `to`.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn memset(to: *mut u8, byte: i32, length: usize) -> *mut u8 {
    naked_asm!(
        r"
        movzx esi, sil
        mov rcx, 0x0101010101010101
        imul rsi, rcx
        mov rax, rdi
        cmp rdx, 16
        jb 4f
        movq xmm0, rsi
        punpcklqdq xmm0, xmm0
        movups [rdi + rdx - 16], xmm0
        // Most are short: no loop.
        cmp rdx, 64
        ja 1f
        movups [rdi], xmm0
        cmp rdx, 32
        jbe 33f
        movups [rdi + 16], xmm0
        movups [rdi + rdx - 32], xmm0
        ret
    1:  sub rdx, 128
        jbe 3f
    2:  movups [rdi], xmm0
        movups [rdi + 16], xmm0
        movups [rdi + 32], xmm0
        movups [rdi + 48], xmm0
        movups [rdi + 64], xmm0
        movups [rdi + 80], xmm0
        movups [rdi + 96], xmm0
        movups [rdi + 112], xmm0
        sub rdi, -128
        sub rdx, 128
        ja 2b
    3:  add rdx, 112
        jle 33f
    32: movups [rdi], xmm0
        add rdi, 16
        sub rdx, 16
        ja 32b
    33: ret

    4:  cmp edx, 8
        jb 5f
        mov [rdi], rsi
        mov [rdi + rdx - 8], rsi
        ret
    5:  cmp edx, 4
        jb 6f
        mov [rdi], esi
        mov [rdi + rdx - 4], esi
        ret
    6:  test edx, edx
        jz 63f
        mov ecx, edx
        shr ecx
        mov [rdi], sil
        mov [rdi + rcx], sil
        mov [rdi + rdx - 1], sil
    63: ret
        "
    )
}

/// Compares `length` bytes: below, at or above 0 as the first that differ do.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn memcmp(left: *const u8, right: *const u8, length: usize) -> i32 {
    naked_asm!(
        r"
        xor ecx, ecx
        sub rdx, 8
        jb 4f
    2:  mov rax, [rdi + rcx]
        mov r8, [rsi + rcx]
        cmp rax, r8
        jne 5f
        add rcx, 8
        cmp rcx, rdx
        jbe 2b
        // The last eight, some of which were seen.
        mov rax, [rdi + rdx]
        mov r8, [rsi + rdx]
        cmp rax, r8
        jne 5f
        xor eax, eax
        ret

    4:  add rdx, 8
        jz 43f
    42: movzx eax, byte ptr [rdi + rcx]
        movzx r8d, byte ptr [rsi + rcx]
        sub eax, r8d
        jnz 44f
        inc rcx
        dec rdx
        jnz 42b
    43: xor eax, eax
    44: ret

        // The first byte in memory decides.
    5:  bswap rax
        bswap r8
        cmp rax, r8
        sbb eax, eax
        or eax, 1
        ret
        "
    )
}

/// Whether `length` bytes differ: 0 if not.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn bcmp(left: *const u8, right: *const u8, length: usize) -> i32 {
    naked_asm!("jmp {memcmp}", memcmp = sym memcmp)
}
