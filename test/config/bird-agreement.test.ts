/**
 * Small configurations on which the real BIRD 2.0.12 and Peregrine agree: both take them or both refuse them. The lists
 * are what BIRD said; where `bird` is installed it is asked again.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatDiagnostic, parseConfig, Source } from '../../config/index.ts';
import { scratch } from '../support/scratch.ts';
import { NO_FILES } from './config-texts.ts';

const ACCEPTED: readonly string[] = [
  'protocol device { scan time 5; interface "eth0" { preferred 192.0.2.1; }; }',
  'protocol device { interface "eth*", -"x" { preferred 192.0.2.1; preferred 2001:db8::1; }; }',
  'protocol device { disabled; description "all interfaces"; debug { states, interfaces }; }',
  'protocol device dev1 { debug all; }',
  'protocol direct { }',
  'protocol direct { ipv4; ipv6; interface "eth*", -"lo", 10.0.0.0/8, "e*" 10.0.0.0/8, 192.0.2.1, ""; check link; }',
  'protocol direct { ipv4; interface "a"; interface "b"; }',
  'protocol direct { ipv4 { import none; export all; }; }',
  'ipv4 table t1; protocol direct { ipv4 { table t1; preference 5; }; }',
  'protocol kernel { ipv4 { export all; }; learn; persist; scan time 20; metric 64; kernel table 100; merge paths on limit 8; graceful restart; netlink rx buffer 65536; }',
  'protocol kernel { ipv4; merge paths limit 5; }',
  'protocol kernel { ipv4; } protocol kernel { ipv6; }',
  'protocol kernel { ipv4; kernel table 1; } protocol kernel { ipv6; kernel table 1; }',
  'template kernel k { persist; scan time 5; } protocol kernel k4 from k { ipv4; } protocol kernel k6 from k { ipv6; }',
  'protocol static { ipv4; }',
  'protocol static { ipv4; route 10.0.0.0/8 via 192.0.2.1 via 192.0.2.2 weight 3; }',
  'protocol static { ipv4; route 10.0.0.0/8 via 2001:db8::1; }',
  'protocol static { ipv6; route 2001:db8::/32 blackhole; route ::/0 via fe80::1%eth0; }',
  'protocol static { ipv4; route 10.0.0.0/8 via "eth0"; route 10.1.0.0/16 via "eth0" onlink; }',
  'protocol static { ipv4; route 10.0.0.0/8 via 192.0.2.1 weight (100+100) bfd; }',
  'protocol static { ipv4; route 10.0.0.0/8 drop; route 10.0.0.0/8 reject; route 10.0.0.0/8 prohibit; route 10.0.0.0/8 unreachable; }',
  'protocol static { ipv4; route 10.0.0.0/8 recursive 192.0.2.1; }',
  'protocol static { ipv4; route 10.0.0.0/8 blackhole { bgp_med = 5; bgp_community.add((1,2)); }; }',
  'protocol static { ipv4; route 10.0.0.0/8 blackhole { }; }',
  'protocol static { ipv4; igp table master4; igp table master6; check link; }',
  'define N = 10.0.0.0/8; define G = 192.0.2.1; protocol static { ipv4; route N via G; }',
  'roa4 table r; protocol static { roa4 { table r; }; route 10.0.0.0/8 max 24 as 5; }',
  'roa4 table r; protocol static { roa4; route 10.0.0.0/8 max 24 as 5; }',
  'vpn4 table v; protocol static { vpn4 { table v; }; route 1:2 10.0.0.0/8 blackhole; }',
  'mpls table m; protocol static { mpls { table m; }; route mpls 5 via 192.0.2.1; }',
  'template static q { ipv4; route 10.0.0.0/8 blackhole; } protocol static from q { route 11.0.0.0/8 blackhole; }',
  'protocol static { ipv4 { import where net ~ [ 10.0.0.0/8+ ]; export filter { accept; }; }; }',
  'protocol static { ipv4 { import limit 100 action block; receive limit 5 action warn; export limit off; }; }',
  'protocol static { ipv4 { preference 0; import keep filtered; rpki reload off; debug { routes, filters }; }; }',
  'protocol static static1 { ipv4; } protocol static { ipv4; }',
  `protocol static 'a-b.c:d' { ipv4; }`,
  'ipv4 table tt; protocol pipe { table master4; peer table tt; }',
  'ipv4 table tt; protocol pipe { table master4; peer table tt; import none; export where net ~ 10.0.0.0/8; import limit 5; }',
  'ipv4 table t1 sorted; ipv6 table t2 { sorted; trie; gc threshold 5; gc period 10 s; min settle time 1 s; max settle time 1 s; } protocol device { }',
  'ipv4 table master4; protocol device { }',
  'ipv4 table t1 ipv4 table t2 protocol device { }',
  'ipv6 sadr table s1; vpn4 table s2; vpn6 table s3; roa4 table s4; roa6 table s5; flow4 table s6; flow6 table s7; mpls table s8; protocol device { }',
  'log "/dev/null" all; log stderr { fatal, bug }; log syslog name "bird" { info, remote }; protocol device { }',
  'log "/dev/null" 100000 "/dev/null" { debug, trace, warning, error, auth }; protocol device { }',
  'debug protocols all; debug channels { states }; debug commands 2; debug latency on; debug latency limit 5 ms; protocol device { }',
  'debug protocols all debug channels off protocol device { }',
  'watchdog warning 5 s; watchdog timeout 10 s; protocol device { }',
  'mrtdump protocols { states, messages }; protocol device { }',
  'router id 192.0.2.1; router id 192.0.2.2; protocol device { }',
  'router id from -"lo", "eth*", 10.0.0.0/8; protocol device { }',
  'define me = 192.0.2.1; router id me; protocol device { }',
  'hostname "node-a"; graceful restart wait 100; protocol device { }',
  'timeformat route iso long; timeformat protocol iso short us; timeformat base "%F" 5 "%T"; timeformat log "%s"; protocol device { }',
  'attribute int my_tag; attribute ip my_ip; attribute clist my_list; protocol device { }',
  'filter f1 { accept; } filter f2 { if net ~ 10.0.0.0/8 then accept; reject; } protocol static { ipv4 { import filter f2; }; }',
  'function f1(int a; int b) { return a + b; } define x1 = f1(1, 2); protocol device { }',
  'protocol bfd { interface "eth*" { interval 300 ms; multiplier 3; }; multihop { interval 300 ms; }; neighbor 192.0.2.1 dev "eth0"; }',
  'roa4 table r; protocol rpki { roa4 { table r; }; remote 192.0.2.1 port 323; refresh keep 30; retry 30; expire 600; }',
  'protocol mrt { table "master*"; filename "/dev/null"; period 300; }',
  'protocol device { } # comment at the end',
  '/* a comment */ protocol /* and */ device { /* another */ }',
  ';;; protocol device { } ;;;',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1;  }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold time 0; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold time (30 * 3); }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; multihop 10; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; direct; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; keepalive time 120; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; local 192.0.2.1 port 5000 as 7; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; neighbor as 2; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; rr client; rr cluster id 192.0.2.1; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; error wait time 5, 50; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; disable after cease { cease, prefix limit hit, out of resources }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; disable after cease on; disable after error; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; direct; interface "eth0"; check link; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; direct; ipv4 { gateway recursive; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; graceful restart aware; graceful restart time 60; long lived graceful restart; long lived stale time 100; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { add paths on; }; ipv6 { add paths rx; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; direct; bfd { interval 5 ms; multiplier 3; min rx interval 1 s; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; bfd off; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ttl security on; multihop 5; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; confederation 65000; confederation member; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; allow local as 3; allow bgp_local_pref; enforce first as off; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; allow local as; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; password "secret"; passive; advertise hostname; capabilities on; enable as4 on; enable extended messages; enable route refresh off; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; passive 1; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; start delay time 4; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { cost 10; next hop self; next hop keep ibgp; next hop address 192.0.2.9; next hop prefer global; aigp originate; extended next hop; mandatory; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { import table; export table; import keep filtered; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { graceful restart; long lived graceful restart off; long lived stale time 5; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { missing lladdr self; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 multicast; ipv6 multicast; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; vrf "blue"; description "x"; disabled off; router id 192.0.2.77; mrtdump { states }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; default bgp_med 5; default bgp_local_pref 200; med metric; igp metric off; path metric; prefer older; deterministic med; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; dynamic name "peer"; dynamic name digits 3; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; local 192.0.2.1; strict bind; free bind; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; source address 192.0.2.1; connect delay time 1; connect retry time 5; error forget time 100; startup hold time 60; interpret communities off; }',
  'protocol bgp { local as 1; neighbor fe80::1%eth0 as 2; }',
  'protocol bgp { local as 1; neighbor fe80::1%eth0 as 1; direct; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 as 2; ipv4 { import all; export none; }; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 as 2; ipv4; confederation 5; confederation member; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 as 2; rs client; local role rs_server; require roles; }',
  'protocol bgp { local as 1; neighbor range 10.0.0.0/24 external; ipv4 { import none; export none; }; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 internal; }',
  'template bgp x { local as 1; neighbor 192.0.2.2 as 1; ipv4 { import all; }; } protocol bgp y from x { ipv4 { export all; }; }',
  'template bgp x { local as 1; } template bgp z from x { hold time 5; } protocol bgp y from z { neighbor 192.0.2.2 as 1; }',
  'template bgp x { local role peer; neighbor 192.0.2.2 as 5; local as 5; } protocol device { }',
  'protocol bgp a { local as 1; neighbor 192.0.2.2 as 1; } protocol bgp z from a { }',
  'ipv4 table t1 sorted; protocol bgp { direct; local as 1; neighbor 192.0.2.2 as 1; ipv4 { table t1; secondary; }; }',
  'define ME = 192.0.2.1; define MYAS = 65001; define PW = "x"; protocol bgp { local ME as MYAS; neighbor 192.0.2.2 as (MYAS + 1); password PW; }',
];

const REFUSED: readonly string[] = [
  'protocol device { interface 10.0.0.0/8; }',
  'protocol device { ipv4; }',
  'protocol device { scan time -5; }',
  'protocol device { scan time ten; }',
  'protocol device { interface -"eth0" { preferred 10.0.0.0/8; }; }',
  'protocol device { } protocol device { }',
  'template device d { } protocol device from d { }',
  'protocol device { debug { nonsense }; }',
  'protocol device { description; }',
  'protocol device { scan time 5 }',
  'protocol device { scan time 5;',
  'protocol device { } }',
  '',
  'router id 192.0.2.1;',
  'template static x { ipv4; }',
  'protocol direct { ipv4; ipv4; }',
  'protocol direct { ipv4; interface; }',
  'protocol direct { vpn4; }',
  'protocol direct { ipv4 mpls; }',
  'protocol direct { import all; }',
  'protocol direct { ipv4 { table nowhere; }; }',
  'protocol direct { ipv4 { table master6; }; }',
  'protocol kernel { }',
  'protocol kernel { ipv4; ipv6; }',
  'protocol kernel { ipv4; ipv4; }',
  'protocol kernel { vpn4; }',
  'protocol kernel { ipv4; merge paths on limit 0; }',
  'protocol kernel { ipv4; merge paths on limit 256; }',
  'protocol kernel { ipv4; export all; }',
  'protocol kernel { ipv4; persist maybe; }',
  'protocol kernel { ipv4; } protocol kernel { ipv4; }',
  'protocol kernel { ipv4 { igp table master4; }; }',
  'protocol static { route 10.0.0.0/8 blackhole; }',
  'protocol static { ipv4; route 10.0.0.0/8; }',
  'protocol static { ipv4; route 10.0.0.0/8 via 192.0.2.1 }',
  'protocol static { ipv4; route 2001:db8::/32 blackhole; }',
  'protocol static { ipv4; route 10.0.0.0/8 via 192.0.2.1 weight 0; }',
  'protocol static { ipv4; route 10.0.0.0/8 via 192.0.2.1 weight 257; }',
  'protocol static { ipv4; route 10.0.0.0/8 multipath via 192.0.2.1; }',
  'protocol static { ipv4; route 10.0.0.0/8 nowhere; }',
  'protocol static { ipv4; route 10.0.0.0/8 recursive; }',
  'protocol static { ipv4; route 10.0.0.0/8 blackhole { nonsense; }; }',
  'protocol static { ipv4; route 10.0.0.1/8 blackhole; }',
  'protocol static { ipv4; route 10.0.0.0/33 blackhole; }',
  'protocol static { ipv4; ipv6; }',
  'define N = 5; protocol static { ipv4; route N blackhole; }',
  'roa4 table r; protocol static { roa4 { table r; }; route 10.0.0.0/8 max 4 as 5; }',
  'roa4 table r; protocol static { roa4 { table r; }; route 10.0.0.0/8 max 24 as 5 blackhole; }',
  'protocol static { ipv4 { import filter nope; }; }',
  'define x = 1; protocol static { ipv4 { import filter x; }; }',
  'protocol static { ipv4 { import some; }; }',
  'protocol static { ipv4 { import where nonsense; }; }',
  'protocol static { ipv4 { import; }; }',
  'protocol static { ipv4 { import all }; }',
  'protocol static { ipv4 { import limit; }; }',
  'protocol static { ipv4 { import limit 5 action explode; }; }',
  'protocol static { ipv4 { preference 70000; }; }',
  'protocol static "x" { ipv4; }',
  'protocol static master4 { ipv4; }',
  'protocol static { ipv4; } protocol static static1 { ipv4; }',
  'protocol static a { ipv4; } protocol static a { ipv4; }',
  'protocol static from nowhere { }',
  'define q = 1; protocol static y from q { ipv4; }',
  'template bgp b { local as 1; } protocol static y from b { ipv4; }',
  'ipv4 table tt; protocol pipe { peer table tt; }',
  'ipv4 table tt; protocol pipe { table tt; }',
  'protocol pipe { table master4; peer table master4; }',
  'protocol pipe { table master4; peer table master6; }',
  'ipv4 table tt; protocol pipe { table master4; peer table tt; receive limit 5; }',
  'ipv4 table tt; protocol pipe { table master4; peer table tt; import keep filtered; }',
  'ipv4 table tt; protocol pipe { ipv4 { table master4; }; peer table tt; }',
  'ipv4 table master6; protocol device { }',
  'ipv4 table t1; ipv4 table t1; protocol device { }',
  'ipv4 table t1 { nonsense; } protocol device { }',
  'table t1; protocol device { }',
  'flow4 table t1 { trie; } protocol device { }',
  'ipv4 table t1 { gc period 4000 s; } protocol device { }',
  'ipv4 table t1 { gc period 10; } protocol device { }',
  'log nowhere all; protocol device { }',
  'log stderr { foo }; protocol device { }',
  'log stderr; protocol device { }',
  'debug protocols { states, foo }; protocol device { }',
  'debug nonsense; protocol device { }',
  'watchdog warning 5; protocol device { }',
  'watchdog barks; protocol device { }',
  'mrtdump nonsense; protocol device { }',
  'router id ::1; protocol device { }',
  'router id nonsense; protocol device { }',
  'define me = "x"; router id me; protocol device { }',
  'hostname node_a; protocol device { }',
  'graceful restart wait 5 s; protocol device { }',
  'timeformat never "x"; protocol device { }',
  'timeformat protocol iso; protocol device { }',
  'attribute nonsense x1; protocol device { }',
  'define x1 = 5; define x1 = 6; protocol device { }',
  'define x1 = 99999999999; protocol device { }',
  'define x1 = 1 protocol device { }',
  'filter f1 { accept; } filter f1 { accept; } protocol device { }',
  'protocol bfd { nonsense; }',
  'protocol nonsense { }',
  'listen bgp port 179; protocol device { }',
  'nonsense; protocol device { }',
  '{ } protocol device { }',
  '@ protocol device { }',
  '/* unterminated protocol device { }',
  '/* nested /* comment */ */ protocol device { }',
  'protocol device { description "unterminated; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold time 2; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold time 65536; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold time 30 + 5; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold time 5 s; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold time; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; multihop 0; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; multihop 256; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; keepalive time 0; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; keepalive time 300; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; keepalive time 80; min keepalive time 81; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; min hold time 300; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; local port 0; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; neighbor 192.0.2.3 as 1; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; rs client; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; local role peer; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; local role friend; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; require roles; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; error wait time 5; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; disable after cease { foo }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4; ipv4; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { secondary; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; interface "eth0"; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; check link; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { gateway direct; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { table nowhere; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { table master6; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { igp table master6; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { igp table nowhere; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; graceful restart off; long lived graceful restart on; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { add paths sometimes; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; bfd; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; direct; bfd { nonsense; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; confederation member; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; enforce first as; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; password secret; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; passive maybe; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; preference 100; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; import all; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; gateway direct; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { cost 0; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { validate; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; ipv4 { next hop nowhere; }; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; vpn4 mpls; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; description 5; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; dynamic name "a%b"; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; dynamic name digits 11; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; strict bind; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; nonsense; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold; }',
  'protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold tyme 5; }',
  'protocol bgp { neighbor 192.0.2.2 as 2; }',
  'protocol bgp { local as 1; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2; }',
  'protocol bgp { local as 0; neighbor 192.0.2.2 as 2; }',
  'protocol bgp { local as 1; neighbor fe80::1 as 2; }',
  'protocol bgp { local as 1; neighbor fe80::1%eth0 as 1; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 as 2; ipv4 { import all; }; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 as 2; ipv4 { export all; }; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 as 2; rr client; }',
  'protocol bgp { local as 1; neighbor range 10.0.0.0/24; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 as 2 internal; }',
  'protocol bgp { local as 1; neighbor 192.0.2.2 as 1 external; }',
  'template bgp x { hold time 1; } protocol device { }',
  'ipv4 table t1 sorted; protocol bgp { local as 1; neighbor 192.0.2.2 as 1; ipv4 { table t1; }; }',
  'ipv4 table t1 sorted; protocol bgp { direct; deterministic med; local as 1; neighbor 192.0.2.2 as 1; ipv4 { table t1; }; }',
];

/** `undefined`, or what is wrong. */
function complaint(text: string): string | undefined {
  const result = parseConfig(new Source('bird.conf', text), NO_FILES);
  return 'config' in result ? undefined : result.diagnostics.map(formatDiagnostic).join('\n');
}

describe('configurations that BIRD takes', () => {
  for (const text of ACCEPTED) {
    it(text, () => assert.equal(complaint(text), undefined));
  }
});

describe('configurations that BIRD refuses', () => {
  for (const text of REFUSED) {
    it(text === '' ? '(empty)' : text, () => assert.notEqual(complaint(text), undefined));
  }
});

const BIRD = '/usr/sbin/bird';

/** xorshift32: the same texts in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const TOKEN = /\s+|[A-Za-z_0-9.:/]+|"[^"]*"|./g;
const WORDS = [...new Set(ACCEPTED.flatMap((text) => text.match(TOKEN) ?? []))].filter((word) => word.trim() !== '');

/** One or two words of a configuration that BIRD takes are dropped, added or replaced. */
function mutate(pick: (below: number) => number): string {
  const tokens: string[] = [...(ACCEPTED[pick(ACCEPTED.length)]!.match(TOKEN) ?? [])];
  for (let times = 1 + pick(2); times > 0; times--) {
    const at = pick(tokens.length);
    const word = ` ${WORDS[pick(WORDS.length)]!} `;
    tokens.splice(at, pick(2), ...(pick(3) === 0 ? [] : [word]));
    if (tokens.length === 0) tokens.push(word);
  }
  return tokens.join('');
}

describe('the real BIRD agrees', { skip: existsSync(BIRD) ? false : `${BIRD} is not installed` }, () => {
  const folder = scratch('config').path;
  const file = join(folder, 'bird.conf');

  const birdTakes = (text: string): boolean => {
    writeFileSync(file, `${text}\n`);
    return spawnSync(BIRD, ['-p', '-c', file], { encoding: 'utf8' }).status === 0;
  };

  it('with what is taken', () => {
    assert.deepEqual(
      ACCEPTED.filter((text) => !birdTakes(text)),
      [],
    );
  });

  it('with what is refused', () => {
    assert.deepEqual(
      REFUSED.filter((text) => birdTakes(text)),
      [],
    );
  });

  it('that nothing it takes is refused, in 250 mutations', () => {
    const pick = random(77);
    const wrong: string[] = [];
    let taken = 0;
    for (let round = 0; round < 250; round++) {
      const text = mutate(pick);
      if (!birdTakes(text)) continue;
      taken++;
      const found = complaint(text);
      if (found !== undefined) wrong.push(`${text}\n${found}`);
    }
    assert.deepEqual(wrong, []);
    assert.ok(taken > 10, `BIRD took ${taken}`);
  });
});
