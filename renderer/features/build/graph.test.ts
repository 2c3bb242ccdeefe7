import { create } from 'mutative';
import { describe, expect, it } from 'vitest';
import { edgeIdentifier, emptyDocument, type ModelDocument } from '../../../compute/graph/model-document';
import { analyseNetwork } from '../../../compute/layers/network';
import { blocks } from '../../../compute/layers/block-registry';
import { layers } from '../../../compute/layers/registry';
import {
  connect,
  freshId,
  insertBlock,
  insertLayer,
  insertOnEdge,
  openEnd,
  reachableFrom,
  refuseConnection,
  refuseId,
  removeEdges,
  removeNodes,
  renameNode,
} from './graph';

const definitionOf = (kind: string) => {
  const definition = layers.get(kind);
  if (!definition) throw new Error(`no layer ${kind}`);
  return definition;
};

/** input → relu1 → dense1, by the functions under test. */
const chain = create(emptyDocument('chain'), (draft) => {
  insertLayer(draft, definitionOf('input'), null);
  insertLayer(draft, definitionOf('flatten'), 'input');
  insertLayer(draft, definitionOf('dense'), 'flatten');
});
const edgesOf = (document: ModelDocument) => document.edges.map(edgeIdentifier).sort();

describe('adding layers', () => {
  it('continues the chain, and the network is valid', () => {
    expect(edgesOf(chain)).toEqual(['flatten→dense1:0', 'input→flatten:0']);
    expect(analyseNetwork(chain).problems).toEqual([]);
  });

  it('after a node takes its output and hands its own on', () => {
    const inserted = create(chain, (draft) => void insertLayer(draft, definitionOf('relu'), 'input'));
    expect(edgesOf(inserted)).toEqual(['flatten→dense1:0', 'input→relu1:0', 'relu1→flatten:0']);
  });

  it('of a layer without inputs connects nothing', () => {
    const inserted = create(chain, (draft) => void insertLayer(draft, definitionOf('input'), 'dense1'));
    expect(inserted.nodes.at(-1)?.id).toBe('input1');
    expect(edgesOf(inserted)).toEqual(edgesOf(chain));
  });

  it('onto an edge puts it in between, with the port kept', () => {
    const inserted = create(chain, (draft) => void insertOnEdge(draft, definitionOf('tanh'), 'flatten→dense1:0'));
    expect(edgesOf(inserted)).toEqual(['flatten→tanh1:0', 'input→flatten:0', 'tanh1→dense1:0']);
  });

  it('of a block puts all of it there, made for the shape that comes in', () => {
    const block = blocks.get('highway-gate') ?? expect.unreachable('no highway gate');
    const { outputShape } = analyseNetwork(chain).nodes.get('flatten') ?? {};
    let ids: string[] = [];
    const inserted = create(chain, (draft) => {
      ids = insertBlock(draft, layers, block, { after: 'flatten', input: outputShape ?? null });
    });
    expect(ids).toEqual(['dense2', 'relu1', 'dense3', 'expression1', 'expression2']);
    expect(analyseNetwork(inserted).problems).toEqual([]);
    expect(inserted.edges.filter(({ to }) => to === 'dense1')).toEqual([{ from: 'expression2', to: 'dense1', port: 0 }]);
    expect(analyseNetwork(inserted).nodes.get('expression2')?.outputShape).toEqual(outputShape);
  });

  it('of a block onto an edge leaves the other ways alone', () => {
    const block = blocks.get('highway-gate') ?? expect.unreachable('no highway gate');
    const forked = create(chain, (draft) => void draft.edges.push({ from: 'input', to: 'dense1', port: 1 }));
    const inserted = create(forked, (draft) => {
      insertBlock(draft, layers, block, { after: 'input', edge: 'input→flatten:0', input: null });
    });
    expect(edgesOf(inserted)).toEqual(expect.arrayContaining(['expression2→flatten:0', 'input→dense1:1', 'input→dense2:0']));
  });

  it('gives ids that are free and short', () => {
    expect(freshId(['conv1', 'conv3'], 'conv2d')).toBe('conv2');
    expect(freshId([], 'input')).toBe('input');
    expect(freshId(['input'], 'input')).toBe('input1');
    expect(freshId(['relu1'], 'leaky-relu')).toBe('relu2');
  });

  it('does not share defaults between layers', () => {
    const two = create(emptyDocument('two'), (draft) => {
      insertLayer(draft, definitionOf('input'), null);
      insertLayer(draft, definitionOf('input'), null);
      const shape = draft.nodes[0]?.parameters['shape'];
      if (Array.isArray(shape)) shape[0] = 99;
    });
    expect(two.nodes[1]?.parameters['shape']).not.toEqual(two.nodes[0]?.parameters['shape']);
  });
});

describe('connecting', () => {
  it('refuses circles, doubles, itself, and layers without inputs, and says which', () => {
    expect(refuseConnection(chain, layers, 'dense1', 'flatten')).toBe('makes-cycle');
    expect(refuseConnection(chain, layers, 'input', 'flatten')).toBe('already-connected');
    expect(refuseConnection(chain, layers, 'dense1', 'dense1')).toBe('same-node');
    expect(refuseConnection(chain, layers, 'dense1', 'input')).toBe('takes-no-input');
    expect(refuseConnection(chain, layers, 'input', 'dense1')).toBeNull();
  });

  it('replaces the one input of a layer that takes one', () => {
    const connected = create(chain, (draft) => {
      connect(draft, layers, 'input', 'dense1');
    });
    expect(edgesOf(connected)).toEqual(['input→dense1:0', 'input→flatten:0']);
  });

  it('gives a merging layer one port after the other, and closes the gap of a removed one', () => {
    const merged = create(chain, (draft) => {
      insertLayer(draft, definitionOf('add'), 'dense1');
      connect(draft, layers, 'flatten', 'add1');
      connect(draft, layers, 'input', 'add1');
    });
    expect(edgesOf(merged)).toEqual(['dense1→add1:0', 'flatten→add1:1', 'flatten→dense1:0', 'input→add1:2', 'input→flatten:0']);
    const without = create(merged, (draft) => {
      removeEdges(draft, new Set(['flatten→add1:1']));
    });
    expect(edgesOf(without)).toEqual(['dense1→add1:0', 'flatten→dense1:0', 'input→add1:1', 'input→flatten:0']);
  });

  it('knows what can be reached, and where a network is open', () => {
    expect([...reachableFrom(chain, 'flatten')].sort()).toEqual(['dense1', 'flatten']);
    expect(openEnd(chain)).toBe('dense1');
    expect(openEnd(create(chain, (draft) => void insertLayer(draft, definitionOf('relu'), null)))).toBeNull();
  });
});

describe('deleting', () => {
  it('closes the chain over the gap', () => {
    const removed = create(chain, (draft) => {
      removeNodes(draft, ['flatten']);
    });
    expect(edgesOf(removed)).toEqual(['input→dense1:0']);
  });

  it('of the first takes its edges along', () => {
    const removed = create(chain, (draft) => {
      removeNodes(draft, ['input']);
    });
    expect(edgesOf(removed)).toEqual(['flatten→dense1:0']);
  });

  it('makes no double edge where a shortcut was', () => {
    const residual = create(chain, (draft) => {
      insertLayer(draft, definitionOf('relu'), 'dense1');
      insertLayer(draft, definitionOf('add'), 'relu1');
      connect(draft, layers, 'dense1', 'add1');
      removeNodes(draft, ['relu1']);
    });
    expect(edgesOf(residual)).toEqual(['dense1→add1:0', 'flatten→dense1:0', 'input→flatten:0']);
  });
});

describe('renaming', () => {
  it('follows in the edges', () => {
    const renamed = create(chain, (draft) => {
      renameNode(draft, 'flatten', 'flat');
    });
    expect(edgesOf(renamed)).toEqual(['flat→dense1:0', 'input→flat:0']);
    expect(renamed.nodes.map((node) => node.id)).toEqual(['input', 'flat', 'dense1']);
  });

  it('refuses what is taken or malformed', () => {
    expect(refuseId(chain, 'flatten', 'input')).toBe('taken');
    expect(refuseId(chain, 'flatten', '1st')).toBe('malformed');
    expect(refuseId(chain, 'flatten', 'flatten')).toBeNull();
    expect(refuseId(chain, 'flatten', 'flat_2')).toBeNull();
  });
});
