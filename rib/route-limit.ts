/**
 * A limit on how many routes a channel receives, imports or exports (BIRD `receive|import|export limit`).
 *
 * `warn` tells once when the limit is crossed and again each time it is exactly met; `block` refuses what goes beyond,
 * and takes routes again once there is room; `restart` and `disable` refuse as well, and the owner takes the protocol
 * down when it is told. Told once until `reset`.
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

  /** Another limit, counted afresh. */
  set(setting: RouteLimitSetting | undefined): void {
    this.#setting = setting;
    this.#hit = false;
  }

  reset(): void {
    this.#hit = false;
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
