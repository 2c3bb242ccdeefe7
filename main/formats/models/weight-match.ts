/**
 * Weights of any file held against a network: first by name, then layer by layer in order where shapes leave one way alone.
 * Nothing is turned or cut: names and shapes are PyTorch's on both sides.
 */
import type { SafetensorsEntry } from '../../../compute/graph/safetensors';
import { formatShape, sameShape, sizeOf, type Shape } from '../../../compute/graph/tensor';
import type { NetworkWeight } from '../../../compute/layers/network';

export interface MatchedWeight {
  /** Ours. */
  readonly name: string;
  readonly shape: Shape;
  /** The file's; null where it has none for it. */
  readonly from: string | null;
  readonly how: 'name' | 'order' | 'missing' | 'other-shape';
  /** Of the file's weight, where it has another. */
  readonly otherShape: Shape | null;
}

export interface WeightMatch {
  readonly table: readonly MatchedWeight[];
  /** Of the file that found no place. */
  readonly unexpected: readonly { readonly name: string; readonly shape: Shape }[];
  readonly found: ReadonlyMap<string, Float32Array>;
}

/** What wrappers put before every name: DataParallel, Lightning, torch.compile and the like. */
const prefixes = ['module.', 'model.', 'state_dict.', '_orig_mod.', 'network.', 'net.', 'backbone.'];

/** PyTorch's count of batches, which no network here keeps. */
const ignored = /(^|\.)num_batches_tracked$/;

/** Names of documents have no dots: `layer1.0.conv1` becomes `layer1_0_conv1`. */
const canonical = (name: string): string => name.replace(/[./_-]+/g, '_').toLowerCase();

function stripped(names: readonly string[]): ReadonlyMap<string, string> {
  let cut = new Map(names.map((name) => [name, name]));
  for (let prefix = commonPrefix([...cut.values()]); prefix !== null; prefix = commonPrefix([...cut.values()])) {
    const length = prefix.length;
    cut = new Map([...cut].map(([name, rest]) => [name, rest.slice(length)]));
  }
  return cut;
}

const commonPrefix = (names: readonly string[]): string | null =>
  names.length === 0
    ? null
    : (prefixes.find((prefix) => names.every((name) => name.startsWith(prefix) && name.length > prefix.length)) ?? null);

/** `layer10` behind `layer2`. */
const natural = new Intl.Collator('en', { numeric: true });

interface Module<Item> {
  readonly title: string;
  readonly parts: Map<string, Item>;
}

const signature = <Item extends { readonly shape: Shape }>({ parts }: Module<Item>): string =>
  [...parts]
    .map(([name, { shape }]) => `${name} ${formatShape(shape)}`)
    .sort()
    .join('; ');

function bySignature<Item extends { readonly shape: Shape }>(
  modules: readonly Module<Item>[],
): ReadonlyMap<string, readonly Module<Item>[]> {
  const groups = new Map<string, Module<Item>[]>();
  for (const one of modules) groups.set(signature(one), [...(groups.get(signature(one)) ?? []), one]);
  return groups;
}

function modulesOf<Item>(items: readonly (readonly [title: string, part: string, item: Item])[]): Module<Item>[] {
  const modules = new Map<string, Module<Item>>();
  for (const [title, part, item] of items) {
    const one = modules.get(title) ?? { title, parts: new Map<string, Item>() };
    one.parts.set(part, item);
    modules.set(title, one);
  }
  return [...modules.values()];
}

/** The module and the weight in it: `a.out_proj.weight` is the weight `out_proj.weight` of `a`. */
function split(name: string): readonly [string, string] {
  const [, title = '', part = name] = /^(?:(.*)\.)?((?:out_proj\.)?[^.]+)$/.exec(name) ?? [];
  return [title, part];
}

/** Each of the network's weights and what the file has for it. */
export function matchByNameAndOrder(wanted: readonly NetworkWeight[], given: readonly SafetensorsEntry[]): WeightMatch {
  const short = stripped(given.map(({ name }) => name).filter((name) => !ignored.test(name)));
  const left = new Map(given.flatMap((entry) => (short.has(entry.name) ? [[entry.name, entry] as const] : [])));
  const byName = new Map([...left.values()].map((entry) => [canonical(short.get(entry.name) ?? entry.name), entry]));
  const rows = new Map<string, MatchedWeight>();
  const found = new Map<string, Float32Array>();
  const take = (weight: NetworkWeight, entry: SafetensorsEntry, how: 'name' | 'order'): void => {
    rows.set(weight.name, { name: weight.name, shape: weight.specification.shape, from: entry.name, how, otherShape: null });
    found.set(weight.name, entry.data instanceof Float32Array ? entry.data : Float32Array.from(entry.data));
    left.delete(entry.name);
  };
  for (const weight of wanted) {
    const entry = byName.get(canonical(weight.name));
    if (entry === undefined || !left.has(entry.name)) continue;
    const { shape } = weight.specification;
    if (sameShape(shape, entry.shape)) take(weight, entry, 'name');
    else {
      rows.set(weight.name, { name: weight.name, shape, from: entry.name, how: 'other-shape', otherShape: entry.shape });
      left.delete(entry.name);
    }
  }

  const open = wanted.filter(({ name }) => !rows.has(name));
  const ours = bySignature(
    modulesOf(open.map((weight) => [weight.node, weight.specification.name, { shape: weight.specification.shape, weight }] as const)),
  );
  const sorted = [...left.values()].sort((a, b) => natural.compare(a.name, b.name));
  const theirs = bySignature(modulesOf(sorted.map((entry) => [...split(short.get(entry.name) ?? entry.name), entry] as const)));
  for (const [key, modules] of ours) {
    const others = theirs.get(key) ?? [];
    // More of one side than of the other could go together in several ways.
    if (others.length !== modules.length) continue;
    for (const [index, { parts }] of modules.entries())
      for (const [part, { weight }] of parts) {
        const entry = others[index]?.parts.get(part);
        if (entry !== undefined) take(weight, entry, 'order');
      }
  }
  return {
    table: wanted.map(
      ({ name, specification: { shape } }): MatchedWeight =>
        rows.get(name) ?? { name, shape, from: null, how: 'missing', otherShape: null },
    ),
    unexpected: [...left.values()].filter(({ shape }) => sizeOf(shape) > 0).map(({ name, shape }) => ({ name, shape })),
    found,
  };
}
