/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 takes the one encoding of some bytes, and no other text. */
#include <errno.h>

#include "../tap.h"
#include "base/base64.h"

static const struct {
	const char *text, *bytes; /* NULL: refused */
} rows[] = {
	/* RFC 4648, section 10 */
	{ "", "" },
	{ "Zg==", "f" },
	{ "Zm8=", "fo" },
	{ "Zm9v", "foo" },
	{ "Zm9vYg==", "foob" },
	{ "Zm9vYmE=", "fooba" },
	{ "Zm9vYmFy", "foobar" },
	{ "+/+/", "\xfb\xff\xbf" },
	{ "-_-_", NULL }, /* the URL's alphabet */
	{ "Zg", NULL },
	{ "Zg=", NULL },
	{ "Zg===", NULL },
	{ "Z===", NULL },
	{ "====", NULL },
	{ "=", NULL },
	{ "Zh==", NULL }, /* bits behind the byte */
	{ "Zm9=", NULL },
	{ "Zg==Zg==", NULL }, /* padding inside */
	{ "Zm=v", NULL },
	{ "Zm9v\n", NULL },
	{ " Zm9", NULL },
	{ "Zm9v Zm9", NULL },
	{ "Zm9\xc3", NULL },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t out[32];
		size_t n = 99;
		int r = base64_decode(rows[i].text, strlen(rows[i].text), out, &n);

		if (!rows[i].bytes) {
			ok(r == -EINVAL && n == 99, "A05 refused: '%s'", rows[i].text);
			continue;
		}
		ok(r == 0 && n == strlen(rows[i].bytes) && memcmp(out, rows[i].bytes, n) == 0,
		   "A05 decoded: '%s'", rows[i].text);
		ok(n <= base64_room(strlen(rows[i].text)), "A05 ... into the room for it");
	}
	return tap_done();
}
