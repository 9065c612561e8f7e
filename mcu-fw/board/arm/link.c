/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The buffers of the link, between the UART's interrupt and the core. */
#include <string.h>

#include "mcu-fw/board/arm/arm.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/hal.h"

#define RECEIVE_SIZE 192
#define SEND_SIZE    192

static uint8_t received[RECEIVE_SIZE], sending[SEND_SIZE];
static volatile uint8_t n_received, n_sending, sent;

/* Interrupt context.  What does not fit is lost; the host sends it again. */
void
arm_link_byte(uint8_t c)
{
	if (n_received < RECEIVE_SIZE)
		received[n_received++] = c;
	command_wake();
}

int
arm_link_next(void)
{
	return sent < n_sending ? sending[sent++] : -1;
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
	uint8_t irq = hal_irq_save();

	n_received = (uint8_t)(n_received - n);
	memmove(received, received + n, n_received);
	hal_irq_restore(irq);
}

bool
hal_link_send(const uint8_t *p, uint8_t n)
{
	uint8_t irq = hal_irq_save();
	uint8_t left = (uint8_t)(n_sending - sent);
	bool fits = n <= SEND_SIZE - left;

	if (fits) {
		if (n > SEND_SIZE - n_sending) {
			memmove(sending, sending + sent, left);
			sent = 0;
			n_sending = left;
		}
		memcpy(sending + n_sending, p, n);
		n_sending = (uint8_t)(n_sending + n);
		chip_uart_send();
	}
	hal_irq_restore(irq);
	return fits;
}
