/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The link: USART0 at 250000 baud, a buffer each way. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <string.h>

#include "mcu-fw/board/avr/timer.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/hal.h"

#define BAUD	     250000ul
#define RECEIVE_SIZE 192
#define SEND_SIZE    128

static uint8_t received[RECEIVE_SIZE], sending[SEND_SIZE];
static volatile uint8_t n_received, n_sending, sent;

/* Interrupts are off.  What does not fit is lost; the host sends it again. */
ISR(USART0_RX_vect)
{
	uint8_t c = UDR0;

	if (n_received < RECEIVE_SIZE)
		received[n_received++] = c;
	command_wake();
}

ISR(USART0_UDRE_vect)
{
	if (sent >= n_sending)
		UCSR0B &= (uint8_t)~_BV(UDRIE0);
	else
		UDR0 = sending[sent++];
}

const uint8_t *
hal_link_peek(uint8_t *n)
{
	*n = n_received;
	return received;
}

void
hal_link_drop(uint8_t n)
{
	uint8_t from = n, to = 0, end;

	/* in pieces, so that bytes can come in between */
	for (;;) {
		uint8_t irq = hal_irq_save();

		end = (uint8_t)(from + 16);
		if (end >= n_received) {
			while (from < n_received)
				received[to++] = received[from++];
			n_received = to;
			hal_irq_restore(irq);
			return;
		}
		hal_irq_restore(irq);
		while (from < end)
			received[to++] = received[from++];
	}
}

bool
hal_link_send(const uint8_t *p, uint8_t n)
{
	uint8_t irq = hal_irq_save();
	uint8_t left = (uint8_t)(n_sending - sent);

	hal_irq_restore(irq);
	if (n > SEND_SIZE - left)
		return false;
	if (n > SEND_SIZE - n_sending) {
		/* the free room is in front: move what is left there */
		irq = hal_irq_save();
		left = (uint8_t)(n_sending - sent);
		memmove(sending, sending + sent, left);
		sent = 0;
		n_sending = left;
		hal_irq_restore(irq);
	}
	memcpy(sending + n_sending, p, n);
	irq = hal_irq_save();
	n_sending = (uint8_t)(n_sending + n);
	UCSR0B |= _BV(UDRIE0);
	hal_irq_restore(irq);
	return true;
}

void
avr_uart_init(void)
{
	n_received = n_sending = sent = 0;
	UCSR0A = _BV(U2X0);
	UBRR0 = (uint16_t)((HAL_CLOCK_FREQ + 4 * BAUD) / (8 * BAUD) - 1);
	UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
	UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0) | _BV(UDRIE0);
}
