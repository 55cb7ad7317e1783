/* Hands descriptors of counters over, and reads them.
 * SPDX-License-Identifier: MIT */
#include "energy/handles.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* Comes with as many descriptors as count says. */
typedef struct HandlesReply {
	uint32_t magic, id, count;
	uint32_t kind[ENERGY_DOMAINS_MAX];
} HandlesReply;

#define FDS_BYTES (sizeof(int) * ENERGY_DOMAINS_MAX)

typedef union Ancillary {
	struct cmsghdr head; /* for its alignment */
	char bytes[CMSG_SPACE(FDS_BYTES)];
} Ancillary;

/* --- handing over ----------------------------------------------------------------------------- */

static void add_fds(struct msghdr *message, Ancillary *ancillary, const EdgeHandles *handles)
{
	struct cmsghdr *head;
	size_t bytes = sizeof(int) * (size_t)handles->count;
	int fds[ENERGY_DOMAINS_MAX];

	for (int i = 0; i < handles->count; i++)
		fds[i] = handles->handle[i].fd;
	message->msg_control = ancillary->bytes;
	message->msg_controllen = CMSG_SPACE(bytes);
	head = CMSG_FIRSTHDR(message);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(head), fds, bytes);
}

bool edge_handles_send(int fd, uint32_t id, const EdgeHandles *handles)
{
	HandlesReply reply = { .magic = EDGE_HANDLES_MAGIC, .id = id };
	Ancillary ancillary = { .bytes = { 0 } };
	struct iovec part = { .iov_base = &reply, .iov_len = sizeof reply };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	reply.count = (uint32_t)handles->count;
	for (int i = 0; i < handles->count; i++)
		reply.kind[i] = (uint32_t)handles->handle[i].kind;
	if (handles->count > 0)
		add_fds(&message, &ancillary, handles);
	return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof reply ||
	       errno == EAGAIN;
}

/* --- taking over ------------------------------------------------------------------------------ */

/* The descriptors that came with a message; those beyond what fits are closed by the kernel. */
static int fds_of(struct msghdr *message, int fds[ENERGY_DOMAINS_MAX])
{
	struct cmsghdr *head = CMSG_FIRSTHDR(message);
	size_t bytes;

	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
		return 0;
	bytes = head->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(head), bytes);
	return (int)(bytes / sizeof(int));
}

static bool reply_fits(const HandlesReply *reply, ssize_t n, int fds, const struct msghdr *message)
{
	bool fits = n == (ssize_t)sizeof *reply && reply->magic == EDGE_HANDLES_MAGIC &&
		    reply->count <= ENERGY_DOMAINS_MAX && reply->count == (uint32_t)fds &&
		    !(message->msg_flags & MSG_CTRUNC);

	for (uint32_t i = 0; fits && i < reply->count; i++)
		fits = reply->kind[i] < ENERGY_HANDLE_KINDS;
	return fits;
}

/* One message. *fresh: it answers this id; a late answer to an edge is dropped, with whatever came
 * with it. */
static bool handles_take(int fd, uint32_t id, EdgeHandles *out, bool *fresh, Err *err)
{
	union {
		HandlesReply reply;
		EdgeReply edge;
	} in;
	Ancillary ancillary;
	struct iovec part = { .iov_base = &in, .iov_len = sizeof in };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = ancillary.bytes,
				  .msg_controllen = sizeof ancillary.bytes };
	int fds[ENERGY_DOMAINS_MAX], count;
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*fresh = false;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return err_set(err, ERR_DIED, "the meter has ended");
	count = fds_of(&message, fds);
	*fresh = reply_fits(&in.reply, n, count, &message) && in.reply.id == id;
	for (int i = 0; i < count; i++)
		if (*fresh)
			out->handle[i] =
				(EnergyHandle){ .fd = fds[i],
						.kind = (enum EnergyHandleKind)in.reply.kind[i] };
		else
			close(fds[i]);
	if (*fresh) {
		out->os = &energy_os;
		out->count = count;
	}
	return true;
}

bool edge_handles_ask(int fd, uint32_t id, int timeout_ms, EdgeHandles *out, Err *err)
{
	int64_t deadline_ns = clock_now_ns() + (int64_t)timeout_ms * 1000000;
	bool fresh = false;

	*out = (EdgeHandles){ .count = 0 };
	if (fd < 0)
		return true;
	if (!edge_send(fd, EDGE_HANDLES_MAGIC, id, err))
		return false;
	while (!fresh)
		if (!edge_wait(fd, deadline_ns, timeout_ms, err) ||
		    !handles_take(fd, id, out, &fresh, err))
			return false;
	return true;
}

void edge_handles_close(EdgeHandles *handles)
{
	for (int i = 0; i < handles->count; i++)
		handles->os->close(handles->os, handles->handle[i].fd);
	*handles = (EdgeHandles){ .count = 0 };
}

/* --- edges ------------------------------------------------------------------------------------ */

void edge_sample(const EdgeHandles *handles, EdgeSide side, EdgeSample *out)
{
	const EnergyOs *os = handles->os;
	int64_t before;

	out->count = handles->count;
	if (handles->count == 0)
		return;
	before = out->begin_ns = os->now_ns(os);
	for (int k = 0; k < handles->count; k++) {
		int i = side == EDGE_END ? k : handles->count - 1 - k;
		struct EdgeRaw *raw = &out->of[i];
		int64_t after;
		raw->lost = !energy_handle_read(os, &handles->handle[i], &raw->raw);
		after = os->now_ns(os);
		raw->t_ns = before + (after - before) / 2;
		raw->read_ns = after - before;
		before = after;
	}
	out->end_ns = before;
}

void edge_settle(EdgeReply *reply, const EdgeSample *sample)
{
	if (sample->count == 0 || reply->headline < 0 ||
	    (uint32_t)sample->count != reply->headline_count)
		return;
	for (int k = 0; k < sample->count; k++) {
		int i = reply->headline + k;
		const struct EdgeRaw *raw = &sample->of[k];
		Reading *reading = &reply->reading[i];
		reading->t_ns = raw->t_ns;
		reading->read_ns = raw->read_ns;
		if (raw->lost) {
			reading->energy_j = NAN;
			reading->flags |= ENERGY_LOST;
		} else if (!(reading->flags & ENERGY_LOST)) {
			energy_count_at(&reply->count[i], &reply->domain[i], raw->raw, raw->t_ns,
					reading);
		}
	}
	if (sample->begin_ns > reply->received_ns)
		reply->received_ns = sample->end_ns;
	else
		reply->sent_ns = sample->begin_ns;
}
