/**
 * The community LLGR_STALE on the routes of a peer that stayed away (RFC 9494 section 4.2). Many routes share few
 * attribute sets and a walk meets equal ones in a row, so the last answer is kept.
 */
import { AttributeCode, type AttributeEditor, WellKnownCommunity } from '../bgp/index.ts';
import { AttributeTrait } from './attribute-facts.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { AttributeId } from './ids.ts';

export class LongLivedStale {
  readonly #attributes: AttributeTable;
  readonly #editor: AttributeEditor;
  #last = 0;
  #lastSerial = 0;
  #lastResult = 0 as AttributeId;
  #lastResultSerial = 0;

  constructor(attributes: AttributeTable, editor: AttributeEditor) {
    this.#attributes = attributes;
    this.#editor = editor;
  }

  /** The set with LLGR_STALE, with one more reference for the caller; 0 if it says NO_LLGR and the route has to go. */
  mark(id: AttributeId): AttributeId {
    const attributes = this.#attributes;
    if (attributes.has(id, AttributeTrait.NoLlgr)) return 0 as AttributeId;
    if (attributes.has(id, AttributeTrait.LlgrStale)) {
      attributes.retain(id);
      return id;
    }
    const { serial } = attributes;
    if (this.#last === id && this.#lastSerial === serial[id] && this.#lastResultSerial === serial[this.#lastResult]) {
      attributes.retain(this.#lastResult);
      return this.#lastResult;
    }
    const result = this.#withCommunity(id);
    this.#last = id;
    this.#lastSerial = serial[id];
    this.#lastResult = result;
    this.#lastResultSerial = attributes.serial[result];
    return result;
  }

  #withCommunity(id: AttributeId): AttributeId {
    const editor = this.#editor;
    this.#attributes.load(id, editor);
    const old = editor.words(AttributeCode.Communities) ?? new Uint32Array(0);
    const words = new Uint32Array(old.length + 1);
    words.set(old);
    words[old.length] = WellKnownCommunity.LlgrStale;
    editor.setWords(AttributeCode.Communities, words);
    // A list that is full already cannot be marked; such a route goes.
    if (!editor.encodeRecord()) return 0 as AttributeId;
    return this.#attributes.intern(
      editor.bytes,
      editor.start,
      editor.wireEnd,
      editor.end,
      this.#attributes.nextHopId(id),
    );
  }
}
