# First light: the smallest PVH guest that says something.
#
# Enters by the PVH protocol (32-bit protected mode, paging off, EBX = start_info), prints one line on COM1 with polled
# output and powers off: ACPI sleep control (S5), then the keyboard controller's reset line, then a triple fault.
# No stack, no memory written, no interrupt used.

        .section .note.pvh, "a", @note
        .align  4
        .long   4                       # name size
        .long   4                       # descriptor size
        .long   18                      # XEN_ELFNOTE_PHYS32_ENTRY
        .asciz  "Xen"
        .long   entry

        .text
        .globl  entry
entry:
        cld
        cmpl    $0x336ec578, (%ebx)     # start_info magic
        movl    $line, %esi
        je      next
        movl    $nomagic, %esi
next:
        lodsb
        testb   %al, %al
        jz      power_off
        movb    %al, %ah
wait_thre:
        movw    $0x3fd, %dx             # line status register
        inb     %dx, %al
        testb   $0x20, %al              # THRE
        jz      wait_thre
        movb    %ah, %al
        movw    $0x3f8, %dx
        outb    %al, %dx
        jmp     next

power_off:
        movw    $0x60c, %dx             # ACPI sleep control: SLP_TYP 5, SLP_EN
        movb    $0x34, %al
        outb    %al, %dx
        movb    $0xfe, %al              # keyboard controller: pulse the reset line
        outb    %al, $0x64
        lidt    no_idt                  # triple fault
        int3
forever:
        hlt
        jmp     forever

        .section .rodata
line:   .asciz  "first light\r\n"
nomagic: .asciz "no start_info magic\r\n"
no_idt: .word   0
        .long   0
