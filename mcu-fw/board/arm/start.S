/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors and the first instructions of a Cortex-M; setjmp and longjmp. */
	.syntax unified
	.thumb

	.section .vectors, "a"
	.global arm_vectors
arm_vectors:
	.word arm_stack_top
	.word arm_reset
	.word arm_hang			/* NMI, faults */
	.word arm_hang
	.word arm_hang
	.word arm_hang
	.word arm_hang
	.word 0, 0, 0, 0
	.word arm_hang			/* SVC */
	.word arm_hang
	.word 0
	.word arm_hang			/* PendSV */
	.word arm_systick
	.rept UART_IRQ
	.word arm_hang
	.endr
	.word chip_uart_irq
	.rept IRQ_COUNT - UART_IRQ - 1
	.word arm_hang
	.endr

	.section .text.start, "ax"
	.thumb_func
	.global arm_reset
arm_reset:
	cpsid i
	ldr r0, =arm_stack_top
	mov sp, r0
	ldr r0, =arm_data_start
	ldr r1, =arm_data_end
	ldr r2, =arm_data_load
1:	cmp r0, r1
	beq 2f
	ldr r3, [r2], #4
	str r3, [r0], #4
	b 1b
2:	ldr r0, =arm_bss_start
	ldr r1, =arm_bss_end
	movs r3, #0
3:	cmp r0, r1
	beq 4f
	str r3, [r0], #4
	b 3b
4:	bl arm_start
	.thumb_func
arm_hang:
	b arm_hang			/* the watchdog ends it */
	.ltorg

/* The frame: r4-r11, sp, lr.  A longjmp out of an interrupt goes on as a
 * thread: the exception's frame is left by returning into it. */
	.thumb_func
	.global setjmp
setjmp:
	mov r12, sp
	stmia r0, {r4-r12, lr}
	movs r0, #0
	bx lr

	.thumb_func
	.global longjmp
longjmp:
	mrs r2, ipsr
	cbz r2, 5f
	/* make an exception frame that returns to 6f with r0 and r1 kept */
	sub sp, #32
	stmia sp, {r0, r1}
	ldr r2, =6f
	orr r2, #1
	str r2, [sp, #24]
	mov r2, #0x01000000
	str r2, [sp, #28]
	cpsid i
	ldr lr, =0xfffffff9
	bx lr
	.thumb_func
5:	nop
	.thumb_func
6:	ldmia r0, {r4-r12, lr}
	mov sp, r12
	movs r0, #1
	bx lr
	.ltorg
