/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a struct mcu, shared by the mcu*.c files alone. */
#ifndef STEPSTREAM_MCU_PRIVATE_H
#define STEPSTREAM_MCU_PRIVATE_H

#include "base/buf.h"
#include "mcu-messages.h"
#include "mcu.h"
#include "wire/dict.h"
#include "wire/msgq.h"

#define MCU_OIDS_MAX 255
#define MCU_LEAD_S   0.100	  /* how long before its time a pin is told */
#define MCU_LONG_GAP (3ull << 28) /* ticks; beyond: the interval wraps */
#define MCU_PINS_MAX 512

struct recorder;

/* What every object on the board has. */
struct mcu_object {
	struct mcu *mcu;
	uint8_t oid;
	struct msgq queue;
	bool owned;    /* allocated for itself */
	void *context; /* of response() */
	/* of a response with this oid; NULL: not waited for */
	void (*response)(
	    struct mcu_object *, enum mcu_response, const struct dict_value *);
};

struct mcu_stepper {
	struct mcu_object base;
	struct msgq fresh; /* kept apart, to go behind base.queue */
	bool invert_dir;
	uint8_t head_len, head[8]; /* queue_step, oid */
	uint8_t cubic_head_len, cubic_head[8];
	uint64_t last_clock;
	int8_t dir;   /* as told last; 0: the board forgot it */
	int64_t sent; /* steps told, with their sign */
	bool position_seen;
	int32_t position; /* as the board counts */
	/* found by mcu_survey(), as the board counts; gap 0: it stood */
	bool left_known;
	int32_t left;
	uint32_t left_gap;
};

struct mcu_output {
	struct mcu_object base;
	struct machine_pin pin; /* borrowed strings */
	bool hardware, soft;
	bool invert;
	uint32_t cycle_ticks;		/* 0: plain digital */
	uint32_t max_ticks;		/* of max_duration; 0: unlimited */
	uint32_t level, shutdown_level; /* as travels: on_ticks or value */
	uint32_t start_level;
	uint64_t last_clock;
};

struct mcu_adc {
	struct mcu_object base;
	double report_time, min_ratio, max_ratio;
	mcu_adc_fn *fn;
	void *ctx;
	uint32_t rest_ticks;
};

struct mcu_endstop {
	struct mcu_object base;
	struct mcu_object trsync;
	bool invert;
	struct mcu_stepper **stop;
	int n_stop;
	/* of the homing move under way */
	bool armed;
	uint32_t rest_ticks, report_ticks;
	uint64_t timeout_clock, report_clock, end_clock;
	uint32_t reason;   /* 0: nothing has triggered */
	bool report_final; /* the trsync has said that it triggered */
	bool state_seen, state_high;
	uint32_t state_next;
};

struct mcu_used_pin {
	const struct machine_pin *pin;
	bool shared;
};

struct mcu {
	const struct machine *machine;
	const struct machine_mcu *config;
	struct mcu_options options;
	struct diag_sink *sink;
	enum mcu_kind kind;
	int status;	    /* of the first failure */
	struct buf failure; /* non-empty: mcu_failed() */
	bool config_bad;    /* an mcu_add_*() complained */
	bool configured;
	bool parted; /* commands of steppers are kept apart */

	struct dict *dict;
	double freq;
	double adc_max, pwm_max;
	const struct dict_message *command[MCU_N_COMMANDS];
	const struct dict_message *response[MCU_N_RESPONSES];
	bool missed[MCU_N_COMMANDS];

	/* configuration text, one command a line; no newline at the end */
	struct buf config_text, restart_text;
	uint32_t config_crc;
	bool text_finished;
	struct mcu_object *object[MCU_OIDS_MAX]; /* by oid */
	int n_oids;
	struct mcu_accel *accel; /* NULL: none */
	struct mcu_used_pin used[MCU_PINS_MAX];
	int n_used;

	struct mcu_stepper *stepper[MCU_OIDS_MAX];
	struct mcu_output *output[MCU_OIDS_MAX];
	struct mcu_adc *adc[MCU_OIDS_MAX];
	struct mcu_endstop *endstop[MCU_OIDS_MAX];
	int n_steppers, n_outputs, n_adcs, n_endstops;
	struct msgq *step_queue[MCU_OIDS_MAX];

	struct msgq misc;		      /* what belongs to no object */
	struct msgq *queue[MCU_OIDS_MAX + 1]; /* all but the steppers' */
	int n_queues;

	struct recorder *recorder; /* dump and file */
	struct mcu_live *live;	   /* NULL offline */
	struct mcu_stats stats;
	double dry_stop_s; /* the longest stop of a motor without steps */
};

/* --- mcu.c ------------------------------------------------------------- */
/* Remembers the first failure; always -1. */
int mcu_fail(struct mcu *, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
uint64_t mcu_clock(const struct mcu *, double print_time);
uint32_t mcu_ticks(const struct mcu *, double seconds);
/* The 64-bit clock that the board meant by these 32 bits of it. */
uint64_t mcu_extend_clock(const struct mcu *, uint32_t clock);
int mcu_take_dictionary(struct mcu *, struct dict *);
/* Takes an oid for the object; its queue takes part from now on. */
void mcu_new_object(struct mcu *, struct mcu_object *, bool has_queue);
void mcu_config_line(struct mcu *, struct buf *text, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Checks that the pin exists and is free; shared: others may use it too. */
void mcu_use_pin(struct mcu *, const struct machine_pin *, bool shared);
/* True when the firmware has the command; else reports what it is for. */
bool mcu_need(struct mcu *, enum mcu_command, const char *purpose);
/* Puts a command of numbers into a queue. */
void mcu_send(struct mcu *, struct msgq *, uint64_t min_clock,
    uint64_t req_clock, enum mcu_command, int n, const uint32_t *v);
#define MCU_SEND(mcu, q, min, req, cmd, ...)                                   \
	mcu_send((mcu), (q), (min), (req), (cmd),                              \
	    (int)(sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)),       \
	    (uint32_t[]){__VA_ARGS__})

/* --- mcu-output.c, mcu-adc.c ------------------------------------------- */
void mcu_output_begin(struct mcu_output *);
/* Repeats what would run out; now in clock ticks of the board. */
void mcu_output_refresh(struct mcu_output *, uint64_t now);
void mcu_adc_begin(struct mcu_adc *, double now);

/* --- mcu-accel.c ------------------------------------------------------- */
/* Asks for the sensor's clock when it is time to; when that is next. */
int64_t mcu_accel_poll(struct mcu_accel *, int64_t now_ns);
void mcu_accel_free(struct mcu_accel *); /* what it holds, not the object */

/* --- mcu-queue.c ------------------------------------------------------- */
/* Queues that get nothing more meanwhile; n and last are 0 at first. */
struct mcu_order {
	struct msgq *queue[2 * MCU_OIDS_MAX + 1];
	uint64_t clock[2 * MCU_OIDS_MAX + 1]; /* of their oldest messages */
	int n, last;			      /* whose turn it was */
};

/* Those of n queues that have something to say. */
void mcu_order_add(struct mcu_order *, struct msgq *const *queue, int n);
/* The queue whose head is wanted first, not after horizon; NULL if none.
 * *until: how late its following messages may be and still go first. */
struct msgq *mcu_order_next(
    struct mcu_order *, uint64_t horizon, uint64_t *until);

/* --- recorder.c -------------------------------------------------------- */
struct recorder *recorder_open(const struct dict *, const char *dump_path,
    const char *output_path, struct diag_sink *, int *status);
int recorder_close(struct recorder *); /* commits; 0 or -1 with errno */
void recorder_abandon(struct recorder *);
void recorder_discard(struct recorder *); /* the raw bytes only */
/* One encoded command; errors are kept for recorder_close(). */
void recorder_put(struct recorder *, const uint8_t *msg, size_t len);
void recorder_put_message(struct recorder *, const struct msg *);
/* Lets the reader see everything up to here. */
int recorder_flush(struct recorder *);
void recorder_stats(const struct recorder *, struct mcu_stats *);

/* --- mcu-session.c ----------------------------------------------------- */
int mcu_send_lines(struct mcu *, const struct buf *text);
/* All objects are there: the configuration gets its head and its checksum. */
void mcu_finish_text(struct mcu *);

/* --- mcu-live.c, mcu-connect.c ----------------------------------------- */
struct mcu_live;
int mcu_live_open(struct mcu *, int *status);
void mcu_live_close(struct mcu *);
int mcu_live_configure(struct mcu *, uint32_t crc, const char *finalize);
/* Hands the steps wanted before the clock to the link. */
void mcu_live_flush(struct mcu *, uint64_t horizon);
/* Forgets steps that were handed over but not sent. */
void mcu_live_drop_steps(struct mcu *);
/* Were steps dropped because it was too late for them?  Says it once. */
bool mcu_live_steps_lost(struct mcu *);
/* Did anything sound come from the board lately? */
bool mcu_live_heard(const struct mcu *, double within_s);
/* Asks the object until *answered is set: 0, or -1 failed. */
int mcu_live_query(
    struct mcu *, enum mcu_command, uint8_t oid, const bool *answered);
int mcu_live_query_reason(
    struct mcu *, uint8_t oid, uint32_t reason, const bool *answered);

#endif
