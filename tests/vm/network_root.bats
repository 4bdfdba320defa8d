# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# The built-in network of a user, on a host that root changes for the test.
load vm

# Where the user can go, too.
setup() { TMPDIR=/var/tmp common_setup; }

teardown() {
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	common_teardown
}

# As the user with its manager; its container, its folder.
as_user() {
	: | setpriv --reuid user --regid user --init-groups --inh-caps=-all \
		env HOME=/home/user XDG_RUNTIME_DIR=/run/user/1000 "$@"
}

bundle() {
	chmod 0755 "$T"
	install -d -o user "$BUNDLE"
	as_user cp -R "$URUN_TEST_DIR/rootfs" "$BUNDLE/rootfs"
	as_user sh -c 'cd "$1" && "$2" spec --network slirp:egress=redirect --arg true &&
		sed -i "s/\"terminal\": true/\"terminal\": false/" config.json' sh "$BUNDLE" "$URUN"
}

user_urun() {
	(cd "$BUNDLE" && as_user "$URUN" --root /run/user/1000/"$ID" "$@")
}

# Whether all that has to do with nftables could be unloaded.
unload() {
	local m
	for m in $(awk '/^(nft_|nf_tables|nfnetlink|nf_nat)/ { print $1 }' /proc/modules); do
		rmmod "$m" 2>/dev/null || :
	done
	! grep -q '^nf_tables ' /proc/modules
}

@test "N01 egress=redirect without the kernel's modules: the error names them; loading is automatic" {
	bundle
	wait_until 30 unload
	# A kernel that cannot load modules.
	echo /bin/false >/proc/sys/kernel/modprobe
	run user_urun run "$ID"
	assert_failure 1
	assert_has "$output" 'egress=redirect: nftables (ip): '
	assert_has "$output" 'modprobe -a nf_tables nft_chain_nat nft_redir'
	# What is no matter of theirs goes on.
	run user_urun run --network slirp:egress=slirp "$ID"
	assert_success

	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	run user_urun run "$ID"
	# As in network.bats: so many modules take their time here.
	if [[ $output == *'not ready after 5 s'* ]]; then
		run user_urun run "$ID"
	fi
	assert_success
	grep -q '^nft_redir ' /proc/modules
}
