; SPDX-License-Identifier: GPL-3.0-or-later
; The timer interrupt: runs timers while they are due, short steps by itself.
#include <avr/io.h>

; Places in struct timer and struct stepper; timer.c asserts them.
#define T_NEXT 0
#define T_WAKE 2
#define T_FUNC 6
#define S_INTERVAL 8
#define S_ADD 12
#define S_COUNT 14
#define S_PIN 16
#define S_MASK 18
; of a cubic: the gap after the next step, and its state in 24.8, 16 and 16 bits
#define C_GAP 32
#define C_FRAC 36
#define C_INTERVAL 40
#define C_ADD 44
#define C_ADD2 48

; An interrupt is asked for LEAD ticks early: entering takes about 68, the rest
; is waited for, so that steps come within a few ticks of their time.
#define LEAD 80
; A compare so near may be over before it is set: up to 32 ticks pass from
; the look at the clock until the old one is forgotten.
#define SOON 48
; Timers in a row before other interrupts are let in: 15 * 120 < 1920 ticks, in
; which three bytes arrive; a timer in C counts as eight. So many rows before
; there is a look at the tasks.
#define ROW 15
#define ROWS 3

; Between two checks of the clock all times are compared by their low halves:
; the wrap timer is always in the list, so none is further than 0x4000.
;
; r28:29 (Y) the timer that runs, r16 what is left of a row, r15 of the rows,
; r17 the upper half of the events' addresses below, r22:23 the time of the
; first timer, r12:13 of the periodic one.
;
; The events of steps stand on a page of 256 words of their own: a timer whose
; func lies on it is jumped to.  They cannot be called.

	.section .text
	.balign 512
avr_dispatch_begin:
	.global stepper_short_event
	.global stepper_cubic_event
	.global stepper_cubic_second

; --- rare turns of what follows --------------------------------------------- ;
cubic_borrow:			; the count was 0 or 1 in its low half
	ldd r25, Y + S_COUNT + 1
	subi r25, 1
	brcs cubic_last
	std Y + S_COUNT + 1, r25
	rjmp cubic_counted
cubic_last:
	std Y + S_COUNT, r1
	rjmp last
cubic_zero:
	ldd r25, Y + S_COUNT + 1
	tst r25
	brne cubic_counted
	; one more after this one: a step without a second
	ldi r24, 1
	std Y + S_COUNT, r24
	ldd r18, Y + C_INTERVAL
	ldd r20, Y + C_INTERVAL + 1
	ldd r21, Y + C_INTERVAL + 2
	ldd r19, Y + C_FRAC
	ldd r22, Y + T_WAKE
	ldd r23, Y + T_WAKE + 1
	movw r8, r22
	add r19, r18
	movw r18, r8
	adc r22, r20
	adc r23, r21
	std Y + T_WAKE, r22
	std Y + T_WAKE + 1, r23
	brcc 1f
	rcall bump
1:	rjmp second_ends

leave_second:
	ldi r24, lo8(gs(stepper_cubic_second))
	std Y + T_FUNC, r24
	std Y + C_GAP, r10
	std Y + C_GAP + 1, r11
	ret

; the upper half of waketime
bump:	ldd r24, Y + T_WAKE + 2
	ldd r25, Y + T_WAKE + 3
	adiw r24, 1
	std Y + T_WAKE + 2, r24
	std Y + T_WAKE + 3, r25
	ret

cubic_carry:
	rcall bump
	rjmp cubic_carried

; --- a cubic: two steps at a time ------------------------------------------ ;
; The first of a pair works out both gaps, so that the state is loaded and
; stored once; the second adds what was left for it.  count goes down by two.
stepper_cubic_event:
	ldd r26, Y + S_PIN
	ldd r27, Y + S_PIN + 1
	ldd r0, Y + S_MASK
cubic:
	st X, r0
	ldd r24, Y + S_COUNT
	subi r24, 2
	std Y + S_COUNT, r24
	brcs cubic_borrow	; of 128 pairs one each
	breq cubic_zero
cubic_counted:
	ldd r18, Y + C_INTERVAL
	ldd r20, Y + C_INTERVAL + 1
	ldd r21, Y + C_INTERVAL + 2
	ldd r19, Y + C_FRAC
	ldd r22, Y + T_WAKE
	ldd r23, Y + T_WAKE + 1
	movw r8, r22		; the time of this step
	add r19, r18
	adc r22, r20
	adc r23, r21
	std Y + T_WAKE, r22
	std Y + T_WAKE + 1, r23
	brcs cubic_carry
cubic_carried:
	ldd r24, Y + C_ADD
	ldd r25, Y + C_ADD + 1
	ldd r30, Y + C_ADD2
	ldd r31, Y + C_ADD2 + 1
	add r18, r24		; interval += add
	adc r20, r25
	adc r21, r1
	sbrc r25, 7
	dec r21
	add r24, r30		; add += add2
	adc r25, r31
	add r19, r18		; the second gap
	movw r10, r20
	adc r10, r1
	adc r11, r1
	add r18, r24
	adc r20, r25
	adc r21, r1
	sbrc r25, 7
	dec r21
	add r24, r30
	adc r25, r31
	std Y + C_INTERVAL, r18
	std Y + C_INTERVAL + 1, r20
	std Y + C_INTERVAL + 2, r21
	std Y + C_FRAC, r19
	std Y + C_ADD, r24
	std Y + C_ADD + 1, r25
	movw r18, r8
	st X, r0		; 69 ticks after the other edge
	ldd r30, Y + T_NEXT
	ldd r31, Y + T_NEXT + 1
	ldd r20, Z + T_WAKE
	ldd r21, Z + T_WAKE + 1
	movw r24, r20
	sub r24, r22
	sbc r25, r23
	brpl 1f
	ldi r24, lo8(gs(stepper_cubic_second))
	std Y + T_FUNC, r24
	std Y + C_GAP, r10
	std Y + C_GAP + 1, r11
	rjmp reinsert
1:	movw r18, r22		; it is still the first: is it due?
	lds r24, TCNT1L
	lds r25, TCNT1H
	sub r18, r24
	sbc r19, r25
	brpl cubic_early
	dec r16
	breq cubic_row
	; the second step at once: its gap is still in r10:11, the second
	; timer's time in r20:21, and what comes next is found within its pulse
	st X, r0
	movw r18, r22
	add r22, r10
	adc r23, r11
	std Y + T_WAKE, r22
	std Y + T_WAKE + 1, r23
	brcc 2f
	rcall bump
2:	movw r24, r20
	sub r24, r22
	sbc r25, r23
	brmi 4f
	lds r24, TCNT1L
	lds r25, TCNT1H
	sub r24, r22
	sbc r25, r23
	brmi 4f
	dec r16
	breq 3f
	rjmp .			; the pulse is to be as long as the others
	rjmp .
	rjmp .
	rjmp .
	st X, r0		; 32 ticks after the other edge
	rjmp cubic
3:	inc r16
4:	rjmp .
	nop
	rjmp second_ends

cubic_row:
	rcall leave_second
	rcall row_ends
	rjmp dispatch
cubic_early:
	rcall leave_second
	rjmp early

carry:
	rcall bump
	rjmp carried
; a move ends
borrow:
	ldd r24, Y + S_COUNT + 1
	dec r24
	std Y + S_COUNT + 1, r24
	rjmp counted
maybe_last:
	ldd r24, Y + S_COUNT + 1
	tst r24
	brne counted
last:	ldi r24, 8		; the pulse must be as long as the others
3:	dec r24
	brne 3b
	st X, r0
	movw r24, r28
	call avr_last_step
	rjmp after

; --- one step of a parabola ------------------------------------------------ ;
stepper_short_event:
	ldd r26, Y + S_PIN
	ldd r27, Y + S_PIN + 1
	ldd r0, Y + S_MASK
step:	; the same stepper again comes here; X and r0 are still its pin
	st X, r0
	ldd r24, Y + S_COUNT
	subi r24, 1
	std Y + S_COUNT, r24
	brcs borrow		; of 256 steps one each
	breq maybe_last
counted:
	ldd r18, Y + S_INTERVAL
	ldd r19, Y + S_INTERVAL + 1
	ldd r22, Y + T_WAKE
	ldd r23, Y + T_WAKE + 1
	movw r30, r22		; the time of this step
	add r22, r18
	adc r23, r19
	std Y + T_WAKE, r22
	std Y + T_WAKE + 1, r23
	brcs carry
carried:
	ldd r24, Y + S_ADD
	ldd r25, Y + S_ADD + 1
	add r18, r24
	adc r19, r25
	std Y + S_INTERVAL, r18
	std Y + S_INTERVAL + 1, r19
	movw r18, r30
	st X, r0		; 36 ticks after the other edge
	; is the second timer earlier now?
	ldd r30, Y + T_NEXT
	ldd r31, Y + T_NEXT + 1
	ldd r20, Z + T_WAKE
	ldd r21, Z + T_WAKE + 1
	movw r24, r20
	sub r24, r22
	sbc r25, r23
	brmi reinsert
	; it is still the first: is it due?
	movw r18, r22
	lds r24, TCNT1L
	lds r25, TCNT1H
	sub r18, r24
	sbc r19, r25
	brpl 2f
	dec r16
	brne step
	rcall row_ends
	rjmp step
2:	rjmp early

; --- the second step of a pair ---------------------------------------------- ;
second_carry:
	rcall bump
	rjmp second_carried

stepper_cubic_second:
	ldd r26, Y + S_PIN
	ldd r27, Y + S_PIN + 1
	ldd r0, Y + S_MASK
	st X, r0
	ldd r24, Y + C_GAP
	ldd r25, Y + C_GAP + 1
	ldd r22, Y + T_WAKE
	ldd r23, Y + T_WAKE + 1
	movw r18, r22
	add r22, r24
	adc r23, r25
	std Y + T_WAKE, r22
	std Y + T_WAKE + 1, r23
	brcs second_carry
second_carried:
	ldi r24, lo8(gs(stepper_cubic_event))
	std Y + T_FUNC, r24
second_ends:
	ldd r30, Y + T_NEXT
	ldd r31, Y + T_NEXT + 1
	ldd r20, Z + T_WAKE
	ldd r21, Z + T_WAKE + 1
	movw r24, r20
	sub r24, r22
	sbc r25, r23
	st X, r0		; 32 ticks after the other edge
	brpl second_first

; --- the second timer becomes the first ----------------------------------- ;
; Z second, r20:21 its time, Y the one that ran, r22:23 its new time, r18:19
; the old.  Low halves may be compared up to the periodic timer only.
reinsert:
	movw r24, r12
	sub r24, r22
	sbc r25, r23
	brmi far
	sts sched_first_timer, r30
	sts sched_first_timer + 1, r31
walk:	; behind Z; equal times go in front, which saves a pass
	movw r26, r30
	ldd r0, Z + T_NEXT
	ldd r31, Z + T_NEXT + 1
	mov r30, r0
	ldd r24, Z + T_WAKE
	ldd r25, Z + T_WAKE + 1
	sub r24, r22
	sbc r25, r23
	brmi walk
	std Y + T_NEXT, r30
	std Y + T_NEXT + 1, r31
	st X+, r28
	st X, r29
	; the new first is due as well, if it was to run no later
	sub r18, r20
	sbc r19, r21
	brpl due
	movw r22, r20
	rjmp check
due:
	dec r16
	breq 4f
	rjmp dispatch
4:	rcall row_ends
	rjmp dispatch

far:
	movw r24, r28
	call avr_settle
	rjmp after

second_first:			; no other is earlier: is it due again?
	movw r18, r22
	lds r24, TCNT1L
	lds r25, TCNT1H
	sub r18, r24
	sbc r19, r25
	brpl 2f
	dec r16
	breq 3f
	rjmp cubic
3:	rcall row_ends
	rjmp cubic
2:	rjmp early

; --- the first timer is due ---------------------------------------------- ;
dispatch:
	lds r28, sched_first_timer
	lds r29, sched_first_timer + 1
	ldd r30, Y + T_FUNC
	ldd r31, Y + T_FUNC + 1
	cp r31, r17
	brne 1f
	ijmp
1:	rjmp generic

; --- all other timers: in C ----------------------------------------------- ;
generic:
	call avr_dispatch
after:	; r24:25 the low half of the first timer's time
	movw r22, r24
	lds r12, sched_periodic + T_WAKE
	lds r13, sched_periodic + T_WAKE + 1
check:	; r22:23 is the time of the first timer
	movw r18, r22
	lds r24, TCNT1L
	lds r25, TCNT1H
	sub r18, r24
	sbc r19, r25
	brpl early
	subi r16, 8
	breq 6f
	brcc again
6:	rcall row_ends
again:
	rjmp dispatch
early:	; r18:19 is what is left; wait for it here, or leave
	cpi r18, LEAD + SOON
	cpc r19, r1
	brlo check
	subi r22, LEAD
	sbc r23, r1
	sts OCR1AH, r23
	sts OCR1AL, r22
	ldi r24, _BV(OCF1A)
	; only if it is up: simavr 1.6 takes the overflow's flag down, too
	sbic _SFR_IO_ADDR(TIFR1), OCF1A
	out _SFR_IO_ADDR(TIFR1), r24
leave:
	ldi r24, _BV(OCIE1A)
	sts TIMSK1, r24
	pop r31
	pop r30
	pop r29
	pop r28
	pop r27
	pop r26
	pop r25
	pop r24
	pop r23
	pop r22
	pop r21
	pop r20
	pop r19
	pop r18
	pop r17
	pop r16
	pop r15
	pop r13
	pop r12
	pop r11
	pop r10
	pop r9
	pop r8
	pop r1
	pop r0
	out _SFR_IO_ADDR(SREG), r0
	pop r0
	reti

; --- a row of timers has ended: let others in; is it all too much? --------- ;
; Returns with all as it was, or goes to dispatch, or leaves for a while.
row_ends:
	ldi r16, ROW
	sts TIMSK1, r1		; but not this one again
	sei
	nop
	nop
	nop
	cli
	dec r15
	breq 5f
	ret
5:	pop r24			; the return address
	pop r24
#ifdef __AVR_3_BYTE_PC__
	pop r24
#endif
	ldi r24, ROWS
	mov r15, r24
	call avr_row_ends	; 1: leave for a while; OCR1A is set
	tst r24
	brne leave_now
	rjmp dispatch
leave_now:
	rjmp leave

; --- the interrupt ---------------------------------------------------------- ;
	.global TIMER1_COMPA_vect
TIMER1_COMPA_vect:
	push r0
	in r0, _SFR_IO_ADDR(SREG)
	push r0
	push r1
	clr r1
	push r8
	push r9
	push r10
	push r11
	push r12
	push r13
	push r15
	push r16
	push r17
	push r18
	push r19
	push r20
	push r21
	push r22
	push r23
	push r24
	push r25
	push r26
	push r27
	push r28
	push r29
	push r30
	push r31
	ldi r16, ROWS
	mov r15, r16
	ldi r16, ROW
	ldi r17, hi8(gs(stepper_short_event))
	lds r12, sched_periodic + T_WAKE
	lds r13, sched_periodic + T_WAKE + 1
	; when did this begin? avr_busy_since = TCNT1
	lds r24, TCNT1L
	lds r25, TCNT1H
	sts avr_busy_since, r24
	sts avr_busy_since + 1, r25
	lds r30, sched_first_timer
	lds r31, sched_first_timer + 1
	ldd r22, Z + T_WAKE
	ldd r23, Z + T_WAKE + 1
	rjmp check
avr_dispatch_end:
