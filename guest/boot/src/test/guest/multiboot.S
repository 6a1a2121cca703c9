# A multiboot kernel that repeats what it was told: the loader's magic, command line, upper memory and first module byte.
# With FLAT defined its header carries the addresses (the a.out kludge), else the ELF headers do.

        .equ    MAGIC, 0x1badb002
#ifdef FLAT
        .equ    FLAGS, 0x10003
#else
        .equ    FLAGS, 3
#endif
        .text
        .globl  start
header: .long   MAGIC, FLAGS, -(MAGIC + FLAGS)
        .long   header, header, load_end, bss_end, start
start:
        movl    $stack_end, %esp
        cmpl    $0x2badb002, %eax
        jne     power_off
        movl    16(%ebx), %esi          # cmdline
        call    print
        movl    8(%ebx), %eax           # mem_upper in KiB
        movl    $10, %ecx
        movl    $digits_end, %edi
1:      xorl    %edx, %edx
        divl    %ecx
        addb    $'0', %dl
        decl    %edi
        movb    %dl, (%edi)
        testl   %eax, %eax
        jnz     1b
        movl    %edi, %esi
        call    print
        movl    20(%ebx), %ecx          # mods_count
        jecxz   power_off
        movl    24(%ebx), %eax
        movl    (%eax), %esi            # the module is text with a NUL
        call    print
power_off:
        movw    $0x60c, %dx
        movb    $0x34, %al
        outb    %al, %dx
        lidt    no_idt
        int3
print:  lodsb
        testb   %al, %al
        jz      2f
        movw    $0x3f8, %dx
        outb    %al, %dx
        jmp     print
2:      movb    $'\n', %al
        movw    $0x3f8, %dx
        outb    %al, %dx
        ret
no_idt: .word   0
        .long   0
        .ascii  "          "
digits_end:
        .byte   0
        .align  4
load_end:
        .bss
        .skip   256
stack_end:
bss_end:
