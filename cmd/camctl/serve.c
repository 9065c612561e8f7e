/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl serve: options, cameras, sockets, then the loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "camctl.h"
#include "cameras.h"
#include "complain.h"
#include "io/signals.h"
#include "listen.h"
#include "printing.h"
#include "server.h"

static struct {
	const char *config;
	struct opt_strings sources, listens, signs;
	const char *auth;
	double fps, cpu, print_cpu, bandwidth, print_bandwidth;
	uint32_t quality, clients;
} opts = {
    .cpu = 100,
    .print_cpu = 30,
    .print_bandwidth = 4000,
    .quality = 80,
    .clients = 256,
};

static const char *const synopsis[] = {
    "[-c FILE] [--listen=ADDR] [--source=[NAME=]SPEC] ...", NULL};

static const struct opt optv[] = {
    {.kind = OPT_HEAD, .help = "Cameras"},
    {OPT_STRING, 'c', "config", &opts.config, "FILE",
	"printer.conf with the cameras", 0, 0, NULL},
    {OPT_LIST, 0, "source", &opts.sources, "[NAME=]SPEC",
	"pictures from /dev/.., test:WxH@FPS, mjpeg:FILE@FPS, mjpeg:-, "
	"http://.. or unix:PATH",
	0, 0, NULL},
    {OPT_DOUBLE, 0, "fps", &opts.fps, "HZ", "at most so many pictures a second",
	0.1, 240, NULL},
    {OPT_UINT, 0, "quality", &opts.quality, "PERCENT",
	"of the JPEGs that are made here", 1, 100, NULL},
    {.kind = OPT_HEAD, .help = "Network"},
    {OPT_LIST, 0, "listen", &opts.listens, "ADDR",
	"ADDR:PORT, unix:PATH, each with /NAME for one camera "
	"[127.0.0.1:8080]",
	0, 0, NULL},
    {OPT_STRING, 0, "auth-file", &opts.auth, "FILE",
	"lines USER:PASSWORD of those who may look", 0, 0, NULL},
    {OPT_UINT, 0, "max-clients", &opts.clients, "N", "connections at a time", 4,
	10000, NULL},
    {.kind = OPT_HEAD, .help = "Budget"},
    {OPT_DOUBLE, 0, "cpu", &opts.cpu, "PERCENT",
	"of one core; beyond it the rate steps down; 0: no limit", 0, 6400,
	NULL},
    {OPT_DOUBLE, 0, "bandwidth", &opts.bandwidth, "KB_S",
	"to all clients together; 0: no limit", 0, 1e7, NULL},
    {OPT_DOUBLE, 0, "print-cpu", &opts.print_cpu, "PERCENT",
	"the same while a print runs", 0, 6400, NULL},
    {OPT_DOUBLE, 0, "print-bandwidth", &opts.print_bandwidth, "KB_S",
	"the same while a print runs", 0, 1e7, NULL},
    {OPT_LIST, 0, "print-sign", &opts.signs, "PATH",
	"a status file or a folder of locks that tells of a print [those of "
	"printjob]",
	0, 0, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "camctl serve",
    .purpose = "Show the cameras over HTTP, as printer front ends expect it",
    .synopsis = synopsis,
    .optv = optv,
};

static struct server_camera cameras[CAMERAS_MAX];
static int ports[CAMERAS_MAX]; /* of its own, 0: none */
static int n_cameras;
/* those of the configuration follow those of the command line */
static struct cameras configured;
static int n_line;

static void
add_source(const char *text)
{
	const char *eq = strchr(text, '='), *colon = strchr(text, ':');
	struct server_camera *c = &cameras[n_cameras];
	struct buf why = BUF_INIT;
	char *name;

	if (n_cameras == CAMERAS_MAX)
		cli_die(EXIT_BAD_USAGE, "more than %d cameras", CAMERAS_MAX);
	if (eq && (!colon || eq < colon)) {
		name = xstrndup(text, (size_t)(eq - text));
		text = eq + 1;
	} else {
		struct buf own = BUF_INIT;

		buf_addf(
		    &own, n_cameras ? "camera%d" : "camera", n_cameras + 1);
		name = buf_detach(&own);
	}
	if (!camera_name_ok(name))
		cli_die(EXIT_BAD_USAGE,
		    "--source: '%s' is no name: letters, digits, '-' and '_', "
		    "at most 32",
		    name);
	for (int i = 0; i < n_cameras; i++)
		if (strcmp(cameras[i].name, name) == 0)
			cli_die(EXIT_BAD_USAGE,
			    "--source: two cameras are called '%s'", name);
	c->source = source_new(text, &why);
	if (!c->source)
		cli_die(EXIT_BAD_USAGE, "--source: %s", why.data);
	c->name = name;
	c->config = (struct camera_config){.name = name,
	    .want = {.fps = opts.fps},
	    .quality = (int)opts.quality};
	n_cameras++;
}

static struct camera_config
config_of(const struct camera_entry *e)
{
	struct camera_config cf = {
	    .name = e->name, .want = e->want, .quality = e->quality};

	if (opts.fps > 0)
		cf.want.fps = opts.fps;
	return cf;
}

/* the cameras of the configuration; those of the command line come first */
static void
add_configured(struct cameras *cs)
{
	for (int i = 0; i < cs->n; i++) {
		const struct camera_entry *e = &cs->v[i];
		struct buf why = BUF_INIT;
		struct source *src;

		if (n_cameras == CAMERAS_MAX)
			return;
		src = cameras_source(e, &why);
		if (!src)
			cli_die(
			    EXIT_CONFIG, "camera '%s': %s", e->name, why.data);
		cameras[n_cameras].source = src;
		cameras[n_cameras].name = e->name;
		cameras[n_cameras].config = config_of(e);
		ports[n_cameras++] = e->http_port;
	}
}

/* "ADDR:PORT/NAME": the camera that the root of this address stands for */
static int
split_camera(const char *spec, char **address)
{
	const char *slash =
	    strncmp(spec, "unix:", 5) ? strrchr(spec, '/') : NULL;

	*address = xstrdup(spec);
	if (!slash)
		return -1;
	(*address)[slash - spec] = '\0';
	for (int i = 0; i < n_cameras; i++)
		if (strcmp(cameras[i].name, slash + 1) == 0)
			return i;
	cli_die(
	    EXIT_BAD_USAGE, "--listen: no camera is called '%s'", slash + 1);
}

static void
announce(int fd)
{
	struct buf name = BUF_INIT;

	listen_name(fd, &name);
	if (!opts.auth && !listen_is_loopback(fd))
		cli_warn("%s: everybody in this network can look; see "
			 "--auth-file",
		    name.data);
	if (cli_verbosity() >= 0) {
		if (strncmp(name.data, "unix:", 5) == 0)
			fprintf(stderr, "camctl: listening at %s\n", name.data);
		else
			fprintf(stderr, "camctl: listening at http://%s/\n",
			    name.data);
	}
	buf_release(&name);
}

static enum cli_status
open_socket(struct server *s, const char *address, int camera)
{
	struct buf why = BUF_INIT;
	int fd = listen_open(address, &why);

	if (fd < 0) {
		cli_warn("--listen: %s", why.data);
		buf_release(&why);
		return EXIT_BUSY;
	}
	announce(fd);
	server_listen(s, fd, camera, false);
	return EXIT_DONE;
}

/* a camera's own */
static enum cli_status
open_port(struct server *s, int port, int camera)
{
	char address[32];

	snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	return open_socket(s, address, camera);
}

static enum cli_status
open_sockets(struct server *s)
{
	int inherited = listen_inherited();
	static const char *const usual[] = {"127.0.0.1:8080"};
	const char *const *v = opts.listens.n ? opts.listens.v : usual;
	int n = opts.listens.n ? opts.listens.n : inherited ? 0 : 1;

	/* a camera that has the usual port for itself stands at its root */
	for (int i = 0; i < n_cameras && !opts.listens.n; i++)
		if (ports[i] == 8080)
			n = 0;
	for (int i = 0; i < inherited; i++) {
		announce(LISTEN_FIRST_FD + i);
		server_listen(s, LISTEN_FIRST_FD + i, -1, false);
	}
	for (int i = 0; i < n; i++) {
		char *address;
		int camera = split_camera(v[i], &address);
		enum cli_status e = open_socket(s, address, camera);

		free(address);
		if (e)
			return e;
	}
	for (int i = 0; i < n_cameras; i++) {
		if (ports[i] && open_port(s, ports[i], i))
			return EXIT_BUSY;
	}
	return EXIT_DONE;
}

/* ---- the configuration again ---- */

/* what becomes of an entry: nothing, if it was there before as it is now */
static int
change_of(const struct camera_entry *e, struct server_change *v)
{
	const struct camera_entry *old = cameras_find(&configured, e->name);
	struct buf why = BUF_INIT;

	*v = (struct server_change){{e->name, config_of(e), NULL},
	    old ? n_line + (int)(old - configured.v) : -1};
	if (old && cameras_same(old, e))
		return 0;
	v->camera.source = cameras_source(e, &why);
	if (!v->camera.source)
		complain(cli_sink(), BAD_CAMERA, &e->place, "camera '%s': %s",
		    e->name, why.data);
	buf_release(&why);
	return v->camera.source ? 0 : -1;
}

static void
change_ports(struct server *s, const struct cameras *next)
{
	for (int i = 0; i < next->n && n_line + i < CAMERAS_MAX; i++) {
		const struct camera_entry *e = &next->v[i];
		const struct camera_entry *old =
		    cameras_find(&configured, e->name);
		int was = old ? old->http_port : 0;

		if (was == e->http_port)
			continue;
		if (was)
			server_unlisten(s, n_line + i, was);
		if (e->http_port)
			open_port(s, e->http_port, n_line + i);
	}
}

/* all of it or nothing: with a mistake in it, everything stays as it is */
static void
reload(void *arg)
{
	struct server_change v[CAMERAS_MAX];
	struct server *s = arg;
	struct cameras next;
	int n = n_line, e;

	for (int i = 0; i < n_line; i++)
		v[i] = (struct server_change){
		    {cameras[i].name, cameras[i].config, NULL}, i};
	e = cameras_load(&next, opts.config, cli_sink());
	for (int i = 0; i < next.n && n < CAMERAS_MAX && !e; i++)
		e = change_of(&next.v[i], &v[n++]);
	if (e || !n) {
		cli_warn("%s: going on as before",
		    e ? "the configuration has mistakes"
		      : "no camera is configured any more");
		for (int i = n_line; i < n; i++)
			source_free(v[i].camera.source);
		cameras_release(&next);
		return;
	}
	server_rearrange(s, v, n);
	change_ports(s, &next);
	cameras_release(&configured);
	configured = next;
	if (cli_verbosity() >= 0)
		fprintf(stderr, "camctl: the configuration was read again\n");
}

/* where grab, stream and timelapse find us; our own user may, without auth */
static void
open_home(struct server *s)
{
	struct buf spec = BUF_INIT, why = BUF_INIT;
	char *path = cameras_socket_path();
	int fd = -1;

	if (path) {
		buf_addf(&spec, "unix:%s", path);
		fd = listen_open(spec.data, &why);
		if (fd >= 0)
			server_listen(s, fd, -1, true);
		else if (cli_verbosity() > 0)
			cli_warn("%s", why.data);
	}
	buf_release(&spec);
	buf_release(&why);
	free(path);
}

int
cmd_serve(int argc, char **argv)
{
	struct server_config cf = {.camera = cameras};
	enum cli_status status;
	struct auth *auth = NULL;
	struct server *s;
	char *locks;

	parse_streamer(&program, &argc, &argv);
	if (argc)
		cli_die(EXIT_BAD_USAGE, "serve takes no operand '%s'", argv[0]);
	for (int i = 0; i < opts.sources.n; i++)
		add_source(opts.sources.v[i]);
	n_line = n_cameras;
	/* sources on the line are all that is meant, unless -c says more */
	if (!n_cameras || opts.config) {
		if (cameras_load(&configured, opts.config, cli_sink()))
			return EXIT_CONFIG;
		add_configured(&configured);
	}
	if (!n_cameras)
		cli_die(EXIT_CONFIG,
		    "no camera is configured: see --source, or 'camctl list'");
	if (opts.auth && !(auth = auth_load(opts.auth, cli_sink())))
		return EXIT_CONFIG;
	locks = printing_lock_folder();
	cf.n_cameras = n_cameras;
	cf.limits.clients = (int)opts.clients;
	cf.limits.frame_room = 12u << 20;
	cf.budget =
	    (struct server_budget){opts.cpu / 100, opts.bandwidth * 1e3};
	cf.printing = (struct server_budget){
	    opts.print_cpu / 100, opts.print_bandwidth * 1e3};
	cf.print_signs =
	    opts.signs.n ? opts.signs.v : (const char *const *)&locks;
	cf.n_print_signs = opts.signs.n ? opts.signs.n : locks != NULL;
	cf.auth = auth;
	s = server_new(&cf);
	if (!s)
		cli_die(EXIT_SYSTEM, "the event loop does not start");
	status = open_sockets(s);
	if (status == EXIT_DONE) {
		open_home(s);
		/* without a configuration it is what it is to other programs */
		if (configured.n)
			server_on_hangup(s, reload, s);
		notify_manager("READY=1");
		server_run(s);
	}
	server_free(s);
	auth_free(auth);
	cameras_release(&configured);
	free(locks);
	signals_raise();
	return status;
}
