/** Views that are nothing but another name: the same elements in the same order, possibly from some element on. */
import { attributesOf, sizeOf } from '../graph/tensor';
import { asForm, IndexForms, type Index } from './index-form';
import type { Node } from './nodes';

export interface Alias {
  readonly node: Node;
  /** Elements. */
  readonly offset: number;
}

/** Gives the node whose elements a node's are, itself for all but views that are aliases. */
export function aliasResolver(): (node: Node) => Alias {
  const known = new Map<Node, Alias>();

  const shift = (node: Node): number | null => {
    const { operation, shape } = node.tensor;
    const input = node.inputs[0];
    if (operation.kind !== 'view' || !input) return null;
    const forms = new IndexForms();
    const linear = forms.variable('i', sizeOf(shape));
    const types = { input: input.tensor, output: node.tensor };
    const source = operation.source<Index>(forms.unravel(linear, shape), forms, types, attributesOf(node.tensor));
    if (source.valid?.kind === 'condition' && (source.valid.never || source.valid.ranges.length > 0)) return null;
    const difference = forms.subtract(forms.ravel(source.index.map(asForm), input.tensor.shape), linear);
    return difference.terms.size === 0 && difference.constant >= 0 ? difference.constant : null;
  };

  const resolve = (node: Node): Alias => {
    const before = known.get(node);
    if (before) return before;
    const offset = shift(node);
    const input = node.inputs[0];
    const inner = offset === null || !input ? null : resolve(input);
    const alias = inner && offset !== null ? { node: inner.node, offset: inner.offset + offset } : { node, offset: 0 };
    known.set(node, alias);
    return alias;
  };
  return resolve;
}
