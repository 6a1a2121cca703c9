# A 128 KiB "BIOS" for QEMU that puts a vCPU state into effect: from the reset vector through protected mode, and long
# mode if CR0.PG is wanted, to the kernel. The test fills in the rest of the ROM with the BIOS area of our guest memory,
# and the parameters.

        .equ    DATA, 0x10              # in the ROM's own GDT

        .section .rom, "ax"
        .org    0x1fe00
parameters:
guest_gdtr:
        .word   0
        .long   0
        .word   0
want_cr0: .long 0                       # 8
want_cr3: .long 0                       # 12
want_cr4: .long 0                       # 16
want_efer: .long 0                      # 20
want_eax: .long 0                       # 24
want_ebx: .long 0                       # 28
want_esi: .long 0                       # 32
entry:  .long   0                       # 36
        .word   0x10                    # the selector that Linux calls __BOOT_CS

        .org    0x1fe40
rom_gdt:
        .quad   0
        .quad   0x00cf9b000000ffff
        .quad   0x00cf93000000ffff
rom_gdtr:
        .word   23
        .long   0xfffe0000 + rom_gdt

        .org    0x1ff00
        .code16
start:
        cli
        lgdtl   %cs:0xfe58              # rom_gdtr
        movl    %cr0, %eax
        orl     $1, %eax
        movl    %eax, %cr0
        ljmpl   $0x08, $(0xfffe0000 + protected)

        .code32
protected:
        movl    $DATA, %eax
        movl    %eax, %ds
        movl    $0xfffe0000 + parameters, %ebp
        movl    16(%ebp), %eax
        movl    %eax, %cr4
        movl    12(%ebp), %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx
        movl    20(%ebp), %eax
        xorl    %edx, %edx
        andl    $~0x400, %eax           # LMA follows by itself
        wrmsr
        movl    8(%ebp), %eax
        movl    %eax, %cr0
        movl    %ebp, %edi
        lgdt    (%edi)
        movl    $0x18, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        movl    24(%edi), %eax
        movl    28(%edi), %ebx
        movl    32(%edi), %esi
        ljmp    *36(%edi)

        .org    0x1fff0
        .code16
        jmp     start
        .org    0x20000
