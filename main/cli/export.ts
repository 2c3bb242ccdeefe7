/** `hebb export`: a network with its weights in a format of other software, checked on real samples before it is written. */
import { basename, dirname } from 'node:path';
import { encodeCheckMaterial } from '../../compute/export/check-material';
import type { ProjectDataset } from '../../compute/export/pytorch/project-dataset';
import type { ModelDocument } from '../../compute/graph/model-document';
import { ProblemError, unwrap } from '../../compute/graph/problem';
import type { SafetensorsEntry } from '../../compute/graph/safetensors';
import type { TrainingSettings } from '../../compute/graph/training-settings';
import { checkedSamples } from '../../compute/insight/checked-samples';
import { checkDataset, type Dataset } from '../../compute/training/dataset';
import { uploadDataset } from '../../compute/training/dataset-placement';
import { prepareModel } from '../../compute/training/model';
import { placeOnDevice } from '../../compute/training/network-on-device';
import { writeStatistics } from '../../compute/training/preparation';
import { checkTensors, writeTensors } from '../../compute/training/snapshot';
import { measureStatistics } from '../../compute/training/statistics';
import { datasetIdentifier, openDataset } from '../services/datasets';
import { exportFormats } from '../services/export/export-formats';
import { projectDatasetOf } from '../services/export/project-dataset';
import { prepareExport } from '../services/export/prepare-export';
import { isTaken, writeExportFile, writeExportFolder } from '../services/export/write-export';
import { noProgress } from '../services/jobs';
import { ServiceError } from '../services/service-error';
import { zipped } from '../formats/zip-writer';
import type { ValuesFor } from './commands';
import { failureText } from './failure-text';
import { readModel } from './model-source';
import { count } from './numbers';
import { datasetNamed, readDataset, readWeights } from './sources';
import type { ExitCode, Surroundings } from './surroundings';

interface Computed {
  readonly dataset: Dataset;
  readonly material: Uint8Array;
}

/** What the network says of samples of the data set. Throws the problems of both, where they do not fit together. */
async function computeMaterial(
  { document, settings }: { readonly document: ModelDocument; readonly settings: TrainingSettings },
  weights: readonly SafetensorsEntry[],
  dataset: Dataset,
  values: ValuesFor<'export'>,
  { selectDevice }: Surroundings,
): Promise<Computed> {
  const prepared = unwrap(prepareModel(document, settings, dataset));
  unwrap(checkTensors(prepared, weights, []));
  const device = await selectDevice(values).open();
  try {
    const network = placeOnDevice(device, prepared, unwrap(uploadDataset(device, dataset, settings.batchSize)));
    writeTensors(network, weights, []);
    const { preparation } = prepared;
    const statistics = await measureStatistics(dataset, preparation);
    writeStatistics(network.state, preparation, statistics);
    return { dataset, material: encodeCheckMaterial(await checkedSamples(network, statistics)) };
  } finally {
    device.dispose();
  }
}

const described = ({ name, sampleType, labelShape = [], classes, targetNames = [] }: Dataset): ProjectDataset => ({
  columns: [],
  name,
  sampleType,
  labelShape,
  classes: classes.length,
  targetNames,
});

export async function exportModel(model: string, values: ValuesFor<'export'>, surroundings: Surroundings): Promise<ExitCode> {
  const { fileSystem, output, resolvePath, places } = surroundings;
  const { to, out, json } = values;
  const isFolder = exportFormats[to].extension === '';
  const isZip = isFolder && out.toLowerCase().endsWith('.zip');
  const source = await readModel(surroundings, model);
  const weights = await readWeights(surroundings, values.weights, source.learnt);
  const id = await datasetNamed(surroundings, values.dataset, source.dataset);
  if (values['with-data'] && (to !== 'pytorch' || isZip || !datasetIdentifier.test(id)))
    throw new ServiceError('cli.with-data', { dataset: id });
  let computed: Computed | null = null;
  let reason = '';
  try {
    const dataset = unwrap(checkDataset(await readDataset(surroundings, values.dataset, source.dataset)));
    computed = await computeMaterial(source, weights.tensors, dataset, values, surroundings);
  } catch (error) {
    // Where no data set was named, the one that goes with the model may not fit: nothing is compared then, and that is said.
    if (values.dataset !== null || !(error instanceof ProblemError || error instanceof ServiceError)) throw error;
    reason = failureText(error);
  }
  // A data set that Hebb keeps tells of its columns, too.
  const opening = datasetIdentifier.test(id) ? openDataset({ fileSystem, places }, id, noProgress) : Promise.resolve(null);
  const kept = values['with-data'] ? await opening : await opening.catch(() => null);
  const { files, check } = await prepareExport({
    format: to,
    document: source.document,
    weights,
    material: computed?.material ?? null,
    settings: source.settings,
    dataset: computed === null ? null : kept === null ? described(computed.dataset) : projectDatasetOf(kept.manifest),
  });
  const path = resolvePath(out);
  await fileSystem.createFolder(dirname(path));
  let bytes: number;
  if (isFolder && !isZip) {
    if (await isTaken(fileSystem, path)) throw new ServiceError('export.folder-taken', { path });
    bytes = await writeExportFolder(fileSystem, path, files, values['with-data'] ? kept : null);
  } else {
    bytes = await writeExportFile(fileSystem, path, isZip ? [{ path: basename(path), bytes: zipped(files) }] : files);
  }
  if (json) {
    output.json({ event: 'done', format: to, file: path, bytes, check: check === null ? null : { ...check } });
    return 0;
  }
  output.line(`wrote ${path} (${count(bytes)} bytes)`);
  if (source.settings.preparation.normalization !== 'none')
    output.line(
      to === 'safetensors' || to === 'npz'
        ? 'samples are normalised before the network: the numbers are in the file, beside the weights'
        : 'samples go in as the data set holds them: the model normalises them itself',
    );
  if (check === null) output.line(`not checked: ${reason}`);
  else
    output.line(
      `checked by ${check.runtime} on ${count(check.samples)} samples (${check.read === 'model' ? 'the file' : 'its weights'} read back): ` +
        `largest difference ${check.difference.toExponential(1)}, ${check.limit.toExponential(1)} is allowed`,
    );
  return 0;
}
