/** What the six neighbours of the reload tests announce. */
import { networkBytes, u16, u32, type Voice } from '../router/speaker.ts';
import { answersRefresh, speakerAs } from './model.ts';

interface Announcement {
  readonly prefix: string;
  readonly asPath: readonly number[];
  readonly med?: number;
  readonly localPref?: number;
  readonly communities?: readonly (readonly [number, number])[];
  readonly pathId?: number;
}

/** What speaker `n` announces: prefixes of its own, and some that others announce as well. */
function announcements(n: number): Announcement[] {
  const as = speakerAs(n);
  const head = as === 65000 ? [] : [as];
  const common = as === 65000 ? { localPref: 100 } : {};
  const own = Array.from({ length: 9 }, (_, k) => ({
    prefix: `20.${n}.${k * 16}.0/${16 + k}`.replace(/^20\.(\d+)\.0\.0/, '20.$1.0.0'),
    asPath: [...head, ...(k % 3 === 0 ? [65100] : []), ...(k % 4 === 0 ? [65101, 65102] : [])],
    ...(k % 2 === 0 ? { med: 5 * k } : {}),
    ...(k % 3 === 1
      ? {
          communities: [
            [65000, k],
            [65010, n],
          ] as [number, number][],
        }
      : {}),
    ...common,
  }));
  const shared = [1, 2, 3, 4].map((k) => ({
    prefix: `30.0.${k}.0/24`,
    asPath: [...head, ...Array.from({ length: (n * k) % 4 }, (_, i) => 65200 + i)],
    med: (n * 7) % 5,
    ...(k === 2 ? { communities: [[65000, 1]] as [number, number][] } : {}),
    ...common,
  }));
  const v6 = [1, 2].map((k) => ({ prefix: `2001:db8:${n}${k}::/48`, asPath: [...head, 65300 + k], ...common }));
  const second = { prefix: '30.0.1.0/24', asPath: [...head, 65400], ...common, pathId: 2 };
  return [...own, ...shared, ...v6, second];
}

function update(n: number, route: Announcement, version: 4 | 6, pathIds: boolean): number[] {
  const { asPath, med, localPref, communities, pathId } = route;
  const path = asPath.length === 0 ? [] : [2, asPath.length, ...asPath.flatMap(u32)];
  const attributes = [0x40, 1, 1, asPath.length % 2, 0x40, 2, path.length, ...path];
  if (version === 4) attributes.push(0x40, 3, 4, 10, 0, 0, 10 + n);
  if (med !== undefined) attributes.push(0x80, 4, 4, ...u32(med));
  if (localPref !== undefined) attributes.push(0x40, 5, 4, ...u32(localPref));
  if (communities !== undefined)
    attributes.push(0xc0, 8, 4 * communities.length, ...communities.flatMap(([a, b]) => [...u16(a), ...u16(b)]));
  const id = pathIds ? u32(pathId ?? 1) : [];
  const nlri = [...id, ...networkBytes(route.prefix)];
  if (version === 6) {
    const nextHop = [0xfd, ...new Array<number>(14).fill(0), 0x10 + n];
    const reach = [0, 2, 1, 16, ...nextHop, 0, ...nlri];
    attributes.push(0x80, 14, reach.length, ...reach);
  }
  return [0, 0, ...u16(attributes.length), ...attributes, ...(version === 4 ? nlri : [])];
}

export function reloadVoice(n: number): Voice {
  return {
    as: speakerAs(n),
    refresh: answersRefresh(n) ? (n % 2 === 0 ? 'marked' : 'plain') : 'none',
    *updates(version, pathIds) {
      for (const route of announcements(n)) {
        if (route.prefix.includes(':') !== (version === 6)) continue;
        if (route.pathId !== undefined && !pathIds) continue;
        yield update(n, route, version, pathIds);
      }
    },
  };
}
