/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256: vectors of FIPS 180-4 and of NIST's example set, and split updates. */
#include "../tap.h"
#include "base/sha256.h"

static const char *hex_of(const char *data, size_t len, size_t step, char *hex)
{
	uint8_t hash[SHA256_SIZE];
	struct sha256 s;

	sha256_init(&s);
	for (size_t i = 0; i < len; i += step)
		sha256_update(&s, data + i, len - i < step ? len - i : step);
	sha256_final(&s, hash);
	sha256_hex(hash, hex);
	return hex;
}

int main(void)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char hex[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];
	static char million[1000000];

	is_str(hex_of("", 0, 1, hex),
	       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "X08 empty");
	is_str(hex_of("abc", 3, 3, hex),
	       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "X08 one block");
	is_str(hex_of(two, strlen(two), 64, hex),
	       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	       "X08 two blocks");
	memset(million, 'a', sizeof(million));
	is_str(hex_of(million, sizeof(million), sizeof(million), hex),
	       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	       "X08 a million bytes");
	for (size_t len = 50; len < 140; len += 5)
		for (size_t step = 1; step < 70; step += 23)
			is_str(hex_of(million, len, step, other), hex_of(million, len, len, hex),
			       "X08 split updates agree");
	return tap_done();
}
