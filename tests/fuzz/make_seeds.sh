#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Seeds for the fuzz targets beyond the samples: small configs that reach one part of
# the tables each, since libFuzzer gets further from a short input than from
# 16 KB of an engine's seccomp profile. Also writes the dictionary from the
# words in the sources. usage: make_seeds.sh FOLDER
set -eu
[ $# -eq 1 ] || { echo "usage: make_seeds.sh FOLDER" >&2; exit 64; }
out=$1
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mkdir -p "$out"

cp "$top"/tests/samples/*.json "$out"/
spec=${URUN_SPEC_DIR:-$top/../shared/spec}
if [ -d "$spec/test/config" ]; then
	for f in "$spec"/test/config/*/*.json; do
		cp "$f" "$out/spec-$(basename "$f")"
	done
fi

n=0
seed() { n=$((n + 1)); printf '%s' "$1" >"$out/small-$n.json"; }
v='{"ociVersion":"1.3.0",'
p="$v\"process\":{\"cwd\":\"/\","
l="$v\"linux\":{"
seed "$v\"root\":{\"path\":\"r\",\"readonly\":true},\"hostname\":\"h\",\"annotations\":{\"a.b\":\"c\"}}"
seed "$v\"mounts\":[{\"destination\":\"/a\",\"options\":[\"ro\"],\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}]}]}"
seed "$v\"hooks\":{\"prestart\":[{\"path\":\"/h\",\"args\":[\"h\"],\"env\":[\"A=1\"],\"timeout\":3}]}}"
seed "$p\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[3,4]},\"args\":[\"sh\"],\"env\":[\"A=b\"]}}"
seed "$p\"consoleSize\":{\"height\":1,\"width\":2},\"capabilities\":{\"bounding\":[\"CAP_KILL\"]},\"oomScoreAdj\":-5}}"
seed "$p\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1,\"deadline\":2,\"period\":3},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":1},\"execCPUAffinity\":{\"initial\":\"0-1\"},\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":2}]}}"
seed "$l\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"user\",\"path\":\"/p\"}],\"sysctl\":{\"net.a\":\"1\"},\"maskedPaths\":[\"/a\"]}}"
seed "$l\"devices\":[{\"type\":\"c\",\"path\":\"/d\",\"major\":1,\"minor\":3,\"fileMode\":438}],\"netDevices\":{\"eth0\":{\"name\":\"e\"}}}}"
seed "$l\"resources\":{\"memory\":{\"limit\":1},\"cpu\":{\"cpus\":\"0\"},\"pids\":{\"limit\":1},\"rdma\":{\"m\":{\"hcaHandles\":1}},\"unified\":{\"a\":\"b\"},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}}}"
seed "$l\"resources\":{\"blockIO\":{\"weight\":10,\"weightDevice\":[{\"major\":1,\"minor\":2,\"weight\":3}],\"throttleReadBpsDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}]},\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"e\",\"priority\":1}]}}}}"
seed "$l\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"architectures\":[\"SCMP_ARCH_X86\"],\"flags\":[],\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"valueTwo\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}}}"
# The filter: each action, operators, flags, machines, an agent, plugins, a ready one.
s="$l\"seccomp\":{\"defaultAction\":"
seed "$s\"SCMP_ACT_KILL\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X32\",\"SCMP_ARCH_ARM\",\"SCMP_ARCH_S390X\"],\"syscalls\":[{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}}}"
seed "$s\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\"],\"listenerPath\":\"/s\",\"listenerMetadata\":\"m\",\"syscalls\":[{\"names\":[\"mkdir\",\"nosuch\"],\"action\":\"SCMP_ACT_NOTIFY\"},{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":3,\"args\":[{\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_GT\"},{\"index\":1,\"value\":9,\"op\":\"SCMP_CMP_LE\"}]}]}}}"
seed "$v\"annotations\":{\"run.oci.seccomp.plugins\":\"/a:b\",\"run.oci.seccomp_fail_unknown_syscall\":\"1\"},\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"syscalls\":[{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_TRACE\"},{\"names\":[\"exit\"],\"action\":\"SCMP_ACT_TRAP\"},{\"names\":[\"open\"],\"action\":\"SCMP_ACT_LOG\"}]}}}"
seed "$v\"annotations\":{\"run.oci.seccomp.receiver\":\"/a\",\"run.oci.seccomp_bpf_data\":\"IAAAAAQAAAAVAAAEPgAAwCAAAAAAAAAAFQEAAFMAAAAVAAEAAgEAAAYAAAAcAAUABgAAAAAA/38=\"}}"
seed "$l\"intelRdt\":{\"closID\":\"c\",\"memBwSchema\":\"MB:0\"},\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\"},\"personality\":{\"domain\":\"LINUX\"},\"timeOffsets\":{\"boottime\":{\"secs\":-1,\"nanosecs\":1}}}}"
seed "$v\"x\":[{\"a\":{\"b\":[1.5e3,null,\"\\ud83d\\ude00\\u0041\"]}}]}"

# For fuzz_mount_options: a byte that chooses the mount, then options in lines.
n=0
options() { n=$((n + 1)); printf '%s\n' "$@" >"$out/options-$n"; }
options 'Xbind' 'ro' 'rro' 'nosuid' 'suid' 'rshared' 'size=1m' 'src-nofollow'
options 'Ridmap=uids=0-1-10#10-11-10;gids=0-100-10' 'ridmap'
options 'Prbind' 'ridmap=uids=@0-5-10#20-3-1;gids=@7-0-110'
options 'Xtmpcopyup' 'mode=755' 'uid=3' 'gid=5' 'idmap=uids=@3-4-5;gids=0-0-1'
options '36 35 98:0 /mnt1 /a\040b rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue'

# For fuzz_net_frame, in hex: an mtu, then records of a way, a length and a frame.
n=0
frames() {
	n=$((n + 1))
	# shellcheck disable=SC2059
	printf "$(printf '%s' "$@" | sed 's/../\\x&/g')" >"$out/frames-$n"
}
head=00000000000000000000 # virtio_net_hdr
macs=52550a000202020000000001
from=4011 to=00000a000264c0000201 # what is before IPv4's sum, what is after it
six=fd000000000000000000000000000100fd000000000000000000000000000002
data=0123456789abcdef
# Two pieces of a datagram, IPv4 and IPv6; a handshake; what must be cut.
frames 05 010034 $head $macs 08004500001c00072000 $from $to $data \
	010031 $head $macs 08004500001900070001 $from $to 0123456789
frames 05 000050 $head $macs 86dd6000000000102c40 $six 1100000100000007 $data \
	00004c $head $macs 86dd60000000000c2c40 $six 1100000800000007 01234567
frames 05 000044 01000000000022001000 $macs 08004500002c00070000 4006 $to \
	9c40005000000000000000006002ffff00000000020405b4
frames 01 ff0040 $macs 08004500003200070000 $from $to $data $data $data $data \
	ff0046 $macs 86dd6000000000101140 $six $data $data \
	ff0040 $macs 08004500003200070000 4006 $to 9c4000500000000000000000 5010ffff00000000 $data 01234567

# For fuzz_net_publish, lists in lines; for fuzz_net_options, --network and annotations.
n=0
network() { n=$((n + 1)); printf '%s\n' "$@" >"$out/net-$n"; }
network '8080:80' '127.0.0.1:9000-9010:9000-9010/udp,[::1]:53:53/udp' '[::]:8080:80/tcp'
network '1-65534:2-65535' '65535:1' '65535:1/udp'
network 'slirp:cidr=10.0.2.0/29,mtu=1500,publish=8080:80,publish=[::1]:9-10:9-10/udp'
network 'slirp:ipv6=false,outbound=eth0' 'dns=192.0.2.53' 'publish=1:1,2:2'
network '' '=slirp' 'mac=02:00:00:00:00:01' 'api=/run/s' 'fd00::/64'
network 'slirp4netns:port_handler=slirp4netns,enable_ipv6=true,outbound_addr6=2001:db8::1'

# For fuzz_net_api: a byte that says where to cut, then requests.
n=0
api() { n=$((n + 1)); printf '%s\n' "$@" >"$out/api-$n"; }
add='{"execute":"add_hostfwd","arguments":{"proto":'
api "P$add\"tcp\",\"host_addr\":\"0.0.0.0\",\"host_port\":8080,\"guest_addr\":\"\",\"guest_port\":80}}"
api "2$add\"udp6\",\"host_port\":53,\"guest_addr\":\"fd00::100\",\"guest_port\":53}}" \
	'{"execute":"list_hostfwd"}' '{"execute":"remove_hostfwd","arguments":{"id":1}}'
api "@$add\"tcp\",\"host_port\":70000,\"guest_port\":0}}{\"execute\":\"quit\"}{\"execute\":\"list_hostfwd\""
api '!{"execute":"list_hostfwd","arguments":{"x":[{"}":"\u007b\""},-1.5e3,null]}} {}'

# For fuzz_gvariant: what systemd's properties look like, and each form of the format.
n=0
gvariant() { n=$((n + 1)); printf '%s' "$1" >"$out/gvariant-$n"; }
gvariant "'continue'"
gvariant 'uint64 5000000'
gvariant "['a.service', \"b.service\"]"
gvariant "[('/dev/sda', uint64 100), ('/dev/sdb', 7)]"
gvariant '@a(st) []'
gvariant '[byte 0x0f, 0377]'
gvariant "b'a\\101\\x42\\n'"
gvariant "{'k': <true>, 'l': <@as []>, 'm': <{1, 2.5}>}"
gvariant "[{1, 'a'}, {2, 'b'}]"
gvariant "[[], [''], @as [objectpath '/a']]"
gvariant "(1, -2.5e3, 'x\\u00e9', [(1, inf), (0x1f, 3.0)], <int16 -5>)"
# For fuzz_annotations: a byte that chooses host and config, then pairs with a NUL behind each.
n=0
annotations() { n=$((n + 1)); printf '%s\0' "$@" >"$out/annotations-$n"; }
bpf=IAAAAAQAAAAVAAAEPgAAwCAAAAAAAAAAFQEAAFMAAAAVAAEAAgEAAAYAAAAcAAUABgAAAAAA/38=
annotations '@run.oci.seccomp_bpf_data=BgAAAAAA/38=' 'org.example=x'
annotations "PA=$bpf" 'B=/usr/lib/a.so:b.so::c' 'run.oci.seccomp_fail_unknown_syscall=1'
annotations 'Rrun.oci.seccomp.receiver=/run/agent' 'D=0' 'F=1'
annotations 'Irun.oci.mount_context_type=rootcontext' 'io.crun.keep_original_groups=0'
annotations 'LE=fscontext' 'G=1' 'C=relative'
annotations '@H=krun' 'I=1' 'J=/x'
annotations 'VB=a/b' 'E=what'

# For fuzz_cgroup_stat: a file of each grammar.
n=0
stat() { n=$((n + 1)); printf '%s\n' "$@" >"$out/stat-$n"; }
stat 'usage_usec 9629' 'user_usec 0' 'nr_throttled 2' 'oom_kill 18446744073709551615' 'max max'
stat '8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6' '8:16 ' '7:7 254:1 rbytes=max'
stat 'some avg10=0.25 avg60=1.00 avg300=99.99 total=27600' \
	'full avg10=0.00 avg60=0.00 avg300=0.00 total=0'
stat '0-3,8,10-11'

# For fuzz_subid: who, then a file in lines.
n=0
subid() { n=$((n + 1)); printf '%s\n' "$@" >"$out/subid-$n"; }
subid 'ana:1000' 'ana:100000:65536' '1000:165536:65536' 'bob:1:1' 'ana:300000:10'
subid '*' 'ana:4294967290:5' 'bob:0:1' '01000:5:5' 'x:100000:4294867295' 'y:99999999999999999999:1'
subid ':0' 'root:x:0:0:root:/root:/bin/sh' '0:10:10' '0:15:20' '0:35:1' 'root:0:0'
subid 'ana:1000' 'passwd: files systemd' 'subid: files [SUCCESS=return] sss # why' 'ana:1:2:3'

# For fuzz_state: where the link leads, then the record.
n=0
state() { n=$((n + 1)); printf '%s\n' "$@" >"$out/state-$n"; }
boot=01234567-89ab-cdef-0123-456789abcdef
record='"format":1,"id":"a","pid":7,"startTime":9,"bootID":"'$boot'","bundle":"/b","rootfs":"/b/r",'
record+='"created":"2026-01-01T00:00:00.000000000Z","owner":"ana","ociVersion":"1.3.0","namespaces":1'
state "7:9:$boot" "{$record}"
state "2147483647:18446744073709551615:$boot" "{$record,\"hooks\":63,\"setgroupsDenied\":true}"
state "0:1:$boot" "{$record,\"annotations\":{\"a.b\":\"\\u0001\",\"\":\"x\"},\"rdtMade\":\"g\"}"
state "1:2:short" "{$record,\"settingUp\":true,\"systemdCgroup\":false,\"notifySocket\":\"/n\"}"

# For fuzz_limits: what there was, then an update of it; or words.
n=0
limits() { n=$((n + 1)); printf '%s\n' "$@" >"$out/limits-$n"; }
limits '{"memory":{"limit":5,"swap":9},"cpu":{"shares":5}}' '{"memory":{"limit":-1},"cpu":{"idle":1}}'
limits '{"unified":{"a.b":"1"},"rdma":{"x":{"hcaHandles":1}}}' '{"unified":{"a.b":"2\n3"},"rdma":{"x":{}}}'
limits '{"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":50}]}}' \
	'{"blockIO":{"weightDevice":[{"major":8,"minor":0,"leafWeight":50}],"weight":10}}'
limits memory.limit=512M unified.memory.high=max cpu.cpus=0-3 blockIO.weight=100 cpu.quota=-1

# Words of the tables and of the enumerations.
{
	grep -oh '"[A-Za-z0-9_]*"' "$top"/src/oci/schema.c "$top"/src/oci/schema_linux.c \
		"$top"/src/oci/words.c | grep -v '"oci_\|"json_\|"limit_' | sort -u
	printf '%s\n' '"\x5cud800"' '"\x5cu0000"' '"\xed\xa0\x80"' '"18446744073709551615"' \
		'"-9223372036854775808"' '"null"' '"4294967295"'
	# Annotations that are read, and some of the names in a profile.
	grep -oh '"run\.oci\.[a-z0-9._-]*"' -r "$top/src/plan" | sort -u
	printf '%s\n' '"clone"' '"clone3"' '"mkdir"' '"read"' '"socket"' '"socketcall"' '"set_tls"'
} >"$here/fuzz_config.dict"
{
	sed -nE 's/^\t(\{ |[A-Z]+\()"([a-z-]+)".*/"\2"/p' "$top/src/plan/mount_options.c"
	printf '%s\n' '"idmap=uids="' '"ridmap=gids="' '";uids="' '";gids="' '"#"' '"@"' '"0-1-1"' \
		'"-4294967294-1"' '"uid="' '"gid="' '"mode="' '" - "' '"\x5c040"' '"\x0a"'
} >"$here/fuzz_mount_options.dict"
{
	grep -oE '"(run|io|urun|org)\.[A-Za-z0-9_.-]+"' "$here/fuzz_annotations.c" | sed 's/"$/="/'
	printf '%s\n' '"\x00"' '"\x00A="' '"\x00B="' '"\x00C="' '"\x00D="' '"\x00E="' '"\x00F=0"' \
		'"context"' '"fscontext"' '"defcontext"' '"rootcontext"' '":/"' '".so"' \
		'"BgAAAAAA/38="' '"BgAAAAAAwH8="' '"IAAAAAAAAAA="' '"FQAAAAAAAAA="'
} >"$here/fuzz_annotations.dict"
{
	printf '%s\n' '"ana:1000"' '"*"' '"ana:"' '"1000:"' '":65536"' '":100000:"' '":0"' \
		'":4294967295"' '":4294967294"' '":18446744073709551616"' '"subid:"' '" files"' \
		'"[SUCCESS=return]"' '"\x0a"' '"\x0d"' '":x:1000:"'
} >"$here/fuzz_subid.dict"
{
	sed -nE 's/^\t\{ JSON_ROW\(("[a-z_]+"),.*/\1/p' "$top/netns/slirp/api_request.c"
	printf '%s\n' '"\x22add_hostfwd\x22"' '"\x22list_hostfwd\x22"' '"\x22remove_hostfwd\x22"' \
		'"\x22tcp\x22"' '"\x22udp6\x22"' '"\x22::1\x22"' '"\x22127.0.0.1\x22"' \
		'"\x2210.0.2.100\x22"' '"65536"' '"null"' '"\x5cu0000"' '"\x5cud800"' '"\x0a"'
	printf '%s\n' '"{\x22execute\x22:\x22list_hostfwd\x22}"' '",\x22arguments\x22:{"'
} >"$here/fuzz_net_api.dict"
{
	sed -nE 's/^\t\{ JSON_ROW\(("[A-Za-z]+"),.*/\1/p' "$top/src/state/record.c"
	printf '%s\n' '"\x5cu0000"' '"\x5cud800"' '"\xed\xa0\x80"' '"18446744073709551615"' '"null"' \
		'":01234567-89ab-cdef-0123-456789abcdef"' '"2147483648:"' '"\x0a"'
} >"$here/fuzz_state.dict"
