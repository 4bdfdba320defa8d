/* SPDX-License-Identifier: Apache-2.0 */
/* See wire.h. */
#include "netns/slirp/wire.h"

#include <string.h>

const uint8_t *wire_from_guest(struct wire *w, uint8_t *data, size_t len, uint64_t now_ms,
			       size_t *ret_len)
{
	struct virtio_net_hdr head;
	const uint8_t *frame;

	*ret_len = 0;
	w->refusal_len = 0;
	w->rules.answers = &w->answers;
	w->rules.now_ms = now_ms;
	if (len < sizeof(head))
		return NULL;
	memcpy(&head, data, sizeof(head));
	data += sizeof(head);
	len -= sizeof(head);
	if (!offload_from_guest(w->mtu, &head, data, len))
		return NULL;
	frame = fragment_join(&w->fragments, data, len, now_ms, ret_len);
	if (!frame || frame_is_allowed(&w->rules, frame, *ret_len))
		return frame;
	w->refusal_len = refuse_frame(frame, *ret_len, w->refusal);
	return NULL;
}

void wire_to_guest(struct wire *w, const uint8_t *frame, size_t len, uint64_t now_ms)
{
	w->rules.answers = &w->answers;
	w->rules.now_ms = now_ms;
	frame_note_client(&w->rules, frame, len);
	w->out = frame;
	w->out_len = len;
	w->way = offload_to_guest(w->mtu, frame, len, &w->head);
	if (w->way == OFFLOAD_TOO_LARGE &&
	    !fragment_cut_begin(&w->cut, frame, len, w->mtu, w->id++))
		w->out = NULL;
}

bool wire_next(struct wire *w, struct iovec iov[WIRE_IOV])
{
	size_t n = w->head.n;

	if (!w->out)
		return false;
	if (w->way == OFFLOAD_TOO_LARGE) {
		n = fragment_cut_next(&w->cut, w->piece);
		if (n == 0)
			return false;
		iov[0] = (struct iovec){ &w->head.vnet, sizeof(w->head.vnet) };
		iov[1] = (struct iovec){ w->piece, n };
		return true;
	}
	iov[0] = (struct iovec){ &w->head, sizeof(w->head.vnet) + n };
	iov[1] = (struct iovec){ (uint8_t *)w->out + n, w->out_len - n };
	w->out = NULL;
	return true;
}
