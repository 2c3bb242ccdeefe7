/** The tensors of a phase as a graph of nodes: equal expressions are one node, and what nothing needs is not there. */
import type { Operation, Tensor } from '../graph/tensor';
import type { Phase } from './program';

export interface Node {
  /** Inputs have smaller numbers. */
  readonly id: number;
  readonly tensor: Tensor;
  readonly inputs: readonly Node[];
  /** Distinct nodes that have this one as an input. */
  readonly consumers: Node[];
}

export interface NodeGraph {
  /** In an order in which inputs come first. */
  readonly nodes: readonly Node[];
  /** The value of each assignment, in order. */
  readonly values: readonly Node[];
}

/** Joins equal expressions: the same operation with the same attributes on the same nodes. */
export function buildNodes(phase: Phase): NodeGraph {
  const nodes: Node[] = [];
  const byTensor = new Map<Tensor, Node>();
  const byStructure = new Map<string, Node>();
  const operations = new Map<Operation, number>();

  const numberOf = (operation: Operation): number => {
    const known = operations.get(operation) ?? operations.size;
    operations.set(operation, known);
    return known;
  };

  const make = (tensor: Tensor): Node => {
    const inputs = tensor.inputs.map((input) => {
      const node = byTensor.get(input);
      if (!node) throw new Error('an input was not visited before its consumer');
      return node;
    });
    const key = `${String(numberOf(tensor.operation))}|${inputs.map((input) => input.id).join(',')}|${JSON.stringify(tensor.attributes)}`;
    const same = byStructure.get(key);
    if (same) return same;
    const node: Node = { id: nodes.length, tensor, inputs, consumers: [] };
    nodes.push(node);
    byStructure.set(key, node);
    for (const input of new Set(inputs)) input.consumers.push(node);
    return node;
  };

  // Depth first without recursion: a deep network is a deep graph.
  const visit = (root: Tensor): Node => {
    const stack: Tensor[] = [root];
    for (let tensor = stack.at(-1); tensor; tensor = stack.at(-1)) {
      const missing = byTensor.has(tensor) ? [] : tensor.inputs.filter((input) => !byTensor.has(input));
      if (missing.length > 0) {
        stack.push(...missing.reverse());
        continue;
      }
      stack.pop();
      if (!byTensor.has(tensor)) byTensor.set(tensor, make(tensor));
    }
    const node = byTensor.get(root);
    if (!node) throw new Error('the root was not visited');
    return node;
  };

  const values = phase.assignments.map(({ value }) => visit(value));
  return { nodes, values };
}
