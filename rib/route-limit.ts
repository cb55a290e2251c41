/**
 * A limit on how many routes a channel receives, imports or exports (BIRD `receive|import|export limit`).
 *
 * `warn` tells once when the limit is crossed and again each time it is exactly met; `block` refuses what goes beyond,
 * and takes routes again once there is room; `restart` and `disable` refuse as well, and the owner takes the protocol
 * down when it is told. Told once until `reset`. A limit that is set below what is there takes nothing away, but tells.
 */
export type RouteLimitAction = 'warn' | 'block' | 'restart' | 'disable';
export type RouteLimitKind = 'receive' | 'import' | 'export';

export interface RouteLimitSetting {
  readonly count: number;
  readonly action: RouteLimitAction;
}

export class RouteLimit {
  readonly kind: RouteLimitKind;
  #setting: RouteLimitSetting | undefined;
  #hit = false;
  readonly #onHit: (kind: RouteLimitKind, setting: RouteLimitSetting) => void;

  constructor(
    kind: RouteLimitKind,
    setting: RouteLimitSetting | undefined,
    onHit: (kind: RouteLimitKind, setting: RouteLimitSetting) => void,
  ) {
    this.kind = kind;
    this.#setting = setting;
    this.#onHit = onHit;
  }

  get setting(): RouteLimitSetting | undefined {
    return this.#setting;
  }

  /** Crossed since the last reset: `[HIT]` in `show protocols all`. */
  get hit(): boolean {
    return this.#hit;
  }

  /**
   * Another limit, with `count` routes there already; the same one again changes nothing. True if routes were refused
   * that there is room for now: it is for the owner to get them.
   */
  set(setting: RouteLimitSetting | undefined, count: number): boolean {
    const old = this.#setting;
    if (sameLimit(setting, old)) return false;
    const refused = this.#hit && old!.action !== 'warn';
    this.#setting = setting;
    this.reset(count);
    return refused && (setting === undefined || setting.action === 'warn' || setting.count > old!.count);
  }

  /** Forgets that it was crossed, unless the `count` routes that are there are too many for it now. */
  reset(count: number): void {
    const setting = this.#setting;
    this.#hit = setting !== undefined && count > setting.count;
    if (this.#hit) this.#onHit(this.kind, setting!);
  }

  /** May one route come on top of `count`? Tells the owner when the limit is met. */
  admits(count: number): boolean {
    const setting = this.#setting;
    if (setting === undefined || count < setting.count) return true;
    const warning = setting.action === 'warn';
    const tell = !this.#hit || (warning && count === setting.count);
    this.#hit = true;
    if (tell) this.#onHit(this.kind, setting);
    return warning;
  }
}

export function sameLimit(a: RouteLimitSetting | undefined, b: RouteLimitSetting | undefined): boolean {
  return a?.count === b?.count && a?.action === b?.action;
}
