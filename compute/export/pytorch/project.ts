/** A network as a PyTorch project: a folder of Python files, weights and a README. Pure; whoever writes it adds the data. */
import type { ModelDocument } from '../../graph/model-document';
import { encodeSafetensors, type SafetensorsEntry } from '../../graph/safetensors';
import { formatShape } from '../../graph/tensor';
import type { TrainingSettings } from '../../graph/training-settings';
import { initialValues } from '../../initializers/registry';
import { analyseNetwork, nodesOf, weightName, weightsOf } from '../../layers/network';
import type { CheckMaterial } from '../check-material';
import type { ToldScale } from '../normalization';
import { mixesSamples, pytorchAugmentation } from './augmentation-source';
import type { ProjectDataset } from './project-dataset';
import { pytorchModel } from './model-source';
import { pythonNames } from './python-names';
import { readme } from './readme-source';
import { pytorchSettings, type ComparedWith } from './settings-source';

/** The files that are the same in every project. */
const sources = import.meta.glob<string>('../../../resources/pytorch/*.py', { eager: true, import: 'default', query: '?raw' });

export interface PytorchProject {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  /** Those that the document asks for, in any order. */
  readonly weights: readonly SafetensorsEntry[];
  /** Null where none is chosen. */
  readonly dataset: ProjectDataset | null;
  /** Whether its first layer normalises samples (../normalization.ts). */
  readonly normalizes: boolean;
  /** With which its last layer gives targets in the units of the data set, where training standardised them. */
  readonly targets: ToldScale | null;
  /** Statistics.colours: what some augmentations need. */
  readonly colours: readonly number[] | null;
  /** Samples and what Hebb computed for them. */
  readonly check: Pick<CheckMaterial, 'samples' | 'outputs'> | null;
}

export interface ProjectFile {
  /** Relative to the project's folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

function comparedWith({ document, settings, dataset }: PytorchProject): Pick<ComparedWith, 'target' | 'output'> {
  const { input, outputShape, nodes } = analyseNetwork(document);
  const output = outputShape ?? [];
  if (settings.target === 'input') {
    const shape = nodes.get(input ?? '')?.outputShape ?? output;
    return { target: { kind: 'values', shape }, output };
  }
  if (dataset !== null && dataset.targetNames.length > 0) return { target: { kind: 'values', shape: dataset.labelShape }, output };
  const inner = output.slice(dataset?.labelShape.length ?? output.length - 1);
  const [outputs = 1] = inner;
  return { target: { kind: 'class', classes: dataset?.classes ?? (outputs === 1 ? 2 : outputs) }, output: inner };
}

/** Names of weights as the module has them: the node's as Python writes it, then the layer's own. */
export function pythonWeightNames(document: ModelDocument): ReadonlyMap<string, string> {
  const names = pythonNames(document);
  return new Map(
    nodesOf(document).flatMap(({ id, weights }) =>
      weights.map(({ name }) => [weightName(id, name), weightName(names.get(id) ?? id, name)] as const),
    ),
  );
}

/** The weights with which a training by the settings' seed begins: those of frozen layers are as they are. */
function initialWeights({ document, settings: { seed }, weights }: PytorchProject): readonly SafetensorsEntry[] {
  const given = new Map(weights.map((weight) => [weight.name, weight]));
  return weightsOf(document).map(({ name, frozen, specification: { shape, initializer } }) => {
    const kept = frozen ? given.get(name) : undefined;
    return kept ?? { name, shape, data: Float32Array.from(initialValues(initializer, shape, seed, name)) };
  });
}

/** The files of the project, without the data set. Throws a ProblemError if the document or the settings have an error. */
export function pytorchProject(project: PytorchProject): readonly ProjectFile[] {
  const { document, settings, weights, check } = project;
  const names = pythonWeightNames(document);
  const renamed = (entries: readonly SafetensorsEntry[]) =>
    encodeSafetensors(entries.map((entry) => ({ ...entry, name: names.get(entry.name) ?? entry.name })));
  const text = (path: string, content: string): ProjectFile => ({ path, bytes: new TextEncoder().encode(content) });
  const { input, outputShape, nodes } = analyseNetwork(document);
  const sampleShape = nodes.get(input ?? '')?.outputShape ?? [];
  const augmentation = pytorchAugmentation(settings.preparation, sampleShape, project.colours);
  const mixes = mixesSamples(settings.preparation, sampleShape);
  const left = new Set([...(check === null ? ['check.py'] : []), ...(augmentation === null ? ['pictures.py'] : [])]);
  return [
    text(
      'README.md',
      readme({
        name: document.name,
        settings,
        dataset: project.dataset,
        input: formatShape(sampleShape),
        output: formatShape(outputShape ?? []),
        // Those left alone by training compute as in evaluation.
        kinds: nodesOf(document).flatMap(({ definition, frozen }) => (frozen ? [] : [definition.kind])),
        normalizes: project.normalizes,
        standardizes: project.targets !== null,
        augments: augmentation !== null,
        renamed: [...names].filter(([before, after]) => before !== after),
        checked: check !== null,
      }),
    ),
    text('model.py', pytorchModel(document)),
    text(
      'settings.py',
      pytorchSettings(settings, { ...comparedWith(project), targets: project.targets, augments: augmentation !== null, mixes }),
    ),
    ...(augmentation === null ? [] : [text('augmentation.py', augmentation)]),
    ...Object.entries(sources)
      .map(([path, content]) => text(path.split('/').at(-1) ?? path, content))
      .filter(({ path }) => !left.has(path)),
    { path: 'weights.safetensors', bytes: renamed(weights) },
    { path: 'initial.safetensors', bytes: renamed(initialWeights(project)) },
    ...(check === null
      ? []
      : [
          {
            path: 'check.safetensors',
            bytes: encodeSafetensors([
              { ...check.samples, name: 'samples' },
              { ...check.outputs, name: 'outputs' },
            ]),
          },
        ]),
  ];
}
