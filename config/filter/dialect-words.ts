/**
 * Words of the filter language that mean something in one dialect only. They stand in a scope around that of the
 * configuration, so that they are found like names and hide what they replace.
 */
import type { Dialect } from '../dialect.ts';
import { Scope } from '../scope.ts';
import { ATTRIBUTES_OF_1 } from './attributes.ts';
import { DestinationOf1, ENUM_RTC, ENUM_RTD_OF_1, ENUM_RTS, type Type } from './types.ts';

const CONSTANTS_OF_1: readonly (readonly [string, Type, number])[] = [
  ['RTD_ROUTER', ENUM_RTD_OF_1, DestinationOf1.Router],
  ['RTD_DEVICE', ENUM_RTD_OF_1, DestinationOf1.Device],
  ['RTD_BLACKHOLE', ENUM_RTD_OF_1, DestinationOf1.Blackhole],
  ['RTD_UNREACHABLE', ENUM_RTD_OF_1, DestinationOf1.Unreachable],
  ['RTD_PROHIBIT', ENUM_RTD_OF_1, DestinationOf1.Prohibit],
  ['RTD_MULTIPATH', ENUM_RTD_OF_1, DestinationOf1.Multipath],
  ['RTS_DUMMY', ENUM_RTS, 0],
  ['RTC_UNICAST', ENUM_RTC, 0],
  ['RTC_BROADCAST', ENUM_RTC, 1],
  ['RTC_MULTICAST', ENUM_RTC, 2],
  ['RTC_ANYCAST', ENUM_RTC, 3],
];

function bird1(): Scope {
  const scope = new Scope(undefined, 'bird1');
  for (const definition of ATTRIBUTES_OF_1) {
    scope.define({ name: definition.name, kind: 'attribute', token: undefined, definition });
  }
  for (const [name, type, value] of CONSTANTS_OF_1) {
    scope.define({ name, kind: 'constant', token: undefined, definition: { type, value } });
  }
  return scope;
}

const BIRD1 = bird1();

/** The scope around a configuration's own; `undefined`: the dialect has no words of its own. */
export function dialectScope(dialect: Dialect): Scope | undefined {
  return dialect === 'bird1' ? BIRD1 : undefined;
}
