//! From power-on to Rust: PVH entry in 32-bit mode, first page tables, long mode.

use core::arch::global_asm;

pvh::xen_elfnote_phys32_entry!(pvh_start32);

unsafe extern "C" {
    /// Entry point that the PVH note names; 32-bit code.
    fn pvh_start32() -> !;
}

/// Bytes from address 0 that the first page tables map one to one: writable and executable, gone once
/// [`crate::paging::build`]'s tables are loaded.
pub const FIRST_MAPPED: u64 = 1 << 30;

// EBX holds the address of the start info. Core 2 has no 1 GiB pages, so one page directory of 2 MiB pages maps the first
// GiB. SSE is on from here (CR0.EM off, CR4.OSFXSR and OSXMMEXCPT on), and so are write protection at ring 0 and NX.
global_asm!(
    r#"
    .section .boot, "ax"
    .code32
    .global pvh_start32
pvh_start32:
    cli
    cld
    movl $boot_stack_end, %esp

    movl $boot_directory, %edi
    movl $0x83, %eax
    movl $512, %ecx
1:  movl %eax, (%edi)
    addl $0x200000, %eax
    addl $8, %edi
    decl %ecx
    jnz 1b
    movl $boot_directory + 3, boot_pointers
    movl $boot_pointers + 3, boot_root
    movl $boot_root, %eax
    movl %eax, %cr3

    movl $0x620, %eax
    movl %eax, %cr4
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x900, %eax
    wrmsr
    movl $0x80010033, %eax
    movl %eax, %cr0

    lgdt boot_gdt_pointer
    ljmp $8, $2f
    .code64
2:  xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movl %ebx, %edi
    xorl %ebp, %ebp
    call {start}
    ud2

    .section .rodata.boot, "a"
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
boot_gdt_pointer:
    .word 15
    .long boot_gdt

    .section .bss.boot, "aw", @nobits
    .balign 4096
boot_root:
    .skip 4096
boot_pointers:
    .skip 4096
boot_directory:
    .skip 4096
boot_stack:
    .skip 65536
boot_stack_end:

    .section .text
    "#,
    start = sym crate::start::start,
    options(att_syntax)
);
