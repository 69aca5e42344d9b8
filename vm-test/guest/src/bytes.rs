//! memmove, memcpy and memset. Those of `compiler_builtins` repeat string instructions, of which QEMU ends and starts a
//! block for each under the instruction-counted clock; loops of vector moves are several times faster there.

use core::arch::naked_asm;

/// Copies `length` bytes that may overlap; returns `to`.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    naked_asm!(
        r"
        mov rax, rdi
        mov rcx, rdi
        sub rcx, rsi
        cmp rcx, rdx
        jb 5f

        sub rdx, 64
        jb 3f
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
        jae 2b
    3:  add rdx, 64
        sub rdx, 8
        jb 4f
    32: mov rcx, [rsi]
        mov [rdi], rcx
        add rsi, 8
        add rdi, 8
        sub rdx, 8
        jae 32b
    4:  add rdx, 8
        jz 43f
    42: mov cl, [rsi]
        mov [rdi], cl
        inc rsi
        inc rdi
        dec rdx
        jnz 42b
    43: ret

        // The target lies within the source, behind its start: from the end.
    5:  sub rdx, 16
        jb 6f
    52: movups xmm0, [rsi + rdx]
        movups [rdi + rdx], xmm0
        sub rdx, 16
        jae 52b
    6:  add rdx, 16
        jz 63f
    62: mov cl, [rsi + rdx - 1]
        mov [rdi + rdx - 1], cl
        dec rdx
        jnz 62b
    63: ret
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
        movq xmm0, rsi
        punpcklqdq xmm0, xmm0
        mov rax, rdi
        sub rdx, 64
        jb 3f
    2:  movups [rdi], xmm0
        movups [rdi + 16], xmm0
        movups [rdi + 32], xmm0
        movups [rdi + 48], xmm0
        add rdi, 64
        sub rdx, 64
        jae 2b
    3:  add rdx, 64
        sub rdx, 8
        jb 4f
    32: mov [rdi], rsi
        add rdi, 8
        sub rdx, 8
        jae 32b
    4:  add rdx, 8
        jz 43f
    42: mov [rdi], sil
        inc rdi
        dec rdx
        jnz 42b
    43: ret
        "
    )
}
