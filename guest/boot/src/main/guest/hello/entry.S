# The PVH entry of hello: from 32-bit protected mode without paging to 64-bit C.

        .section .note.pvh, "a", @note
        .align  4
        .long   4                       # name size
        .long   4                       # descriptor size
        .long   18                      # XEN_ELFNOTE_PHYS32_ENTRY
        .asciz  "Xen"
        .long   pvh_entry

        .section .text.entry, "ax"
        .code32
        .globl  pvh_entry
pvh_entry:
        rdtsc                           # time starts with the first instruction
        movl    %eax, entry_tsc
        movl    %edx, entry_tsc + 4
        cld
        movl    $stack_top, %esp
        movl    %ebx, %ebp              # start_info

        # The first 4 GiB one to one, in 2 MiB pages: one PML4, one PDPT, four page directories. BSS is zero already.
        movl    $pdpt + 3, pml4
        movl    $page_directories + 3, %eax
        movl    $pdpt, %edi
        movl    $4, %ecx
1:      movl    %eax, (%edi)
        addl    $0x1000, %eax
        addl    $8, %edi
        loop    1b
        movl    $0x83, %eax             # present, writable, large
        movl    $page_directories, %edi
        movl    $2048, %ecx
2:      movl    %eax, (%edi)
        addl    $0x200000, %eax
        addl    $8, %edi
        loop    2b

        movl    %cr4, %eax
        orl     $0x20, %eax             # PAE
        movl    %eax, %cr4
        movl    $pml4, %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx       # EFER
        rdmsr
        orl     $0x100, %eax            # LME
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000001, %eax       # PG, PE
        movl    %eax, %cr0
        lgdt    gdt_pointer
        ljmp    $0x08, $long_mode

        .code64
long_mode:
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        movl    $stack_top, %esp
        movl    %ebp, %edi              # start_info
        movq    entry_tsc, %rsi
        xorl    %ebp, %ebp              # the end of every backtrace
        call    hello
        ud2

        # void triple_fault(void): an exception without an IDT.
        .globl  triple_fault
triple_fault:
        lidt    no_idt
        ud2

        .section .rodata
        .align  8
gdt:    .quad   0
        .quad   0x00af9b000000ffff      # 64-bit code
        .quad   0x00cf93000000ffff      # data
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt
no_idt: .word   0
        .quad   0

        .section .bss
        .align  4096
pml4:   .skip   4096
pdpt:   .skip   4096
page_directories:
        .skip   4 * 4096
stack:  .skip   8192
stack_top:
entry_tsc:
        .skip   8
