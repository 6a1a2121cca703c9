# A multiboot kernel that never turns paging on: it runs where it is loaded, not where it is linked. Built by EarlyTest.
        .section .multiboot, "a"
        .long 0x1badb002, 0x10000, -(0x1badb002 + 0x10000)
        .long header, load_start, load_end, bss_end, entry
        .text
        .code32
        .globl start
        .type start, @function
start:  mov $(0x300000), %esp
        xor %ebp, %ebp
        call outer
1:      hlt
        jmp 1b
        .size start, . - start
        .globl outer
        .type outer, @function
outer:  push %ebp
        mov %esp, %ebp
        call inner
        pop %ebp
        ret
        .size outer, . - outer
        .globl inner
        .type inner, @function
inner:  push %ebp
        mov %esp, %ebp
        mov $TURNS, %ecx
2:      call leaf
        dec %ecx
        jnz 2b
        ud2                     # no interrupt descriptor table: a triple fault
        .size inner, . - inner
        .globl leaf
        .type leaf, @function
leaf:   ret
        .size leaf, . - leaf
