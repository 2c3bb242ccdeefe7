/** Models and weights of other software: opened, shown, given a new head, trained; only the head learns. */
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './fixtures';
import { clean } from './accessible';
import { button, dropFiles, node, reachStep, ready } from './workbench';

/** A residual network for digits with five outputs, its state as .npz and pickled. */
const writing = `
import sys, numpy, torch
from torch import nn
folder = sys.argv[1]
torch.manual_seed(2)
class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 6, 5, 2, 2)
        self.norm = nn.BatchNorm2d(6)
        self.inner = nn.Conv2d(6, 6, 3, 1, 1)
        self.fc = nn.Linear(6 * 49, 5)
    def forward(self, x):
        x = torch.relu(self.norm(self.stem(x)))
        x = torch.max_pool2d(torch.relu(x + self.inner(x)), 2)
        return torch.softmax(self.fc(torch.flatten(x, 1)), 1)
network = Network().eval()
torch.onnx.export(network, torch.zeros(1, 1, 28, 28), folder + "/digits.onnx", input_names=["image"], dynamic_axes={"image": {0: "n"}},
                  training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
with torch.no_grad():
    state = {name: value.numpy() + numpy.float32(0.01) for name, value in network.state_dict().items()}
numpy.savez(folder + "/state.npz", **state)
torch.save(network.state_dict(), folder + "/state.pt")
`;

/** The tensors of a safetensors file as their bytes. */
async function tensorsIn(path: string): Promise<ReadonlyMap<string, string>> {
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { readonly data_offsets?: readonly [number, number] }
  >;
  return new Map(
    Object.entries(header).flatMap(([name, { data_offsets: place }]) =>
      place === undefined ? [] : [[name, bytes.subarray(8 + length + place[0], 8 + length + place[1]).toString('hex')] as const],
    ),
  );
}

/** Of checkpoints that are whole; one that is being written has a name with a dot before it. */
const keptWeights = /checkpoints[\\/][^.\\/][^\\/]*[\\/]weights\.safetensors$/;

async function newest(folder: string, pattern: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((entry) => pattern.test(entry)).map((entry) => join(folder, entry));
}

test('a model is opened with a report, gets a new head, and only the head learns', async ({ app }) => {
  const { page, home } = app;
  const { status, stderr } = spawnSync('/usr/bin/python3', ['-c', writing, home], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  await ready(page);
  const dialog = page.getByRole('dialog');

  await button(page, 'Project: LeNet-5').click();
  await page.getByRole('menuitem', { name: 'Open a model…' }).click();
  await dialog.getByLabel('Choose files…').setInputFiles(join(home, 'state.pt'));
  await expect(dialog.getByRole('alert')).toContainText('save_file(torch.load(');
  await dialog.getByLabel('Choose files…').setInputFiles(join(home, 'digits.onnx'));
  await expect(dialog).toContainText('Every part of it has a counterpart here.');
  await expect(dialog.getByRole('row', { name: /Gemm flatten, fc$/ })).toBeVisible();
  await clean(page, 'the report of a model');
  await dialog.getByRole('button', { name: 'Open as a new project' }).click();
  await expect(dialog).toContainText('Opened as “digits”, with its weights.');
  await dialog.getByRole('button', { name: 'New head, the rest frozen' }).click();
  await expect(dialog).toContainText('head is new, with 10 outputs');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(node(page, 'head')).toHaveAccessibleName(/output 10/);

  // One step of undo, and again.
  await button(page, 'Undo').click();
  await expect(node(page, 'fc')).toHaveAccessibleName(/output 5/);
  await button(page, 'Redo').click();
  await expect(node(page, 'head')).toBeVisible();

  await ready(page);
  await button(page, 'Train').click();
  const { accuracy } = await reachStep(page, 150);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeEnabled();
  // Of ten classes; the layers before the head were never trained.
  expect(accuracy).toBeGreaterThan(0.4);
  const [given = ''] = await newest(home, /digits\/weights\/[0-9a-f]{32}\.safetensors$/);
  await expect.poll(async () => (await newest(home, keptWeights)).length).toBeGreaterThan(0);
  const [kept = ''] = (await newest(home, keptWeights)).sort().reverse();
  const before = await tensorsIn(given);
  const after = await tensorsIn(kept);
  const differing = [...after].filter(([name, bytes]) => before.get(name) !== bytes).map(([name]) => name);
  expect(differing.sort()).toEqual(['head.bias', 'head.weight']);

  // Weights of another file into the open network, after they were seen.
  await button(page, 'Stop').click();
  await button(page, 'Project: digits').click();
  await page.getByRole('menuitem', { name: 'Weights from a file…' }).click();
  await dialog.getByLabel('Choose files…').setInputFiles(join(home, 'state.npz'));
  await expect(dialog.getByRole('row', { name: /^stem\.weight 6×1×5×5 stem\.weight by name/ })).toBeVisible();
  await expect(dialog.getByRole('row', { name: /^head\.weight 10×294 – not in the file/ })).toBeVisible();
  await expect(dialog).toContainText('2 weights of the file have no place here: fc.weight 5×294, fc.bias 5');
  await clean(page, 'weights and what fits');
  await dialog.getByRole('button', { name: /^Take 8 weights/ }).click();
  await expect(dialog).toContainText('The network begins with these weights now.');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect.poll(async () => (await newest(home, /digits\/weights\/[0-9a-f]{32}\.safetensors$/)).length).toBe(2);
  await ready(page);
});

test('a model that is dropped on the window is opened, and what stands in the way is named', async ({ app }) => {
  const { page, home } = app;
  const graph = `
import sys, onnx
from onnx import helper, TensorProto
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4])
nodes = [helper.make_node("Relu", ["x"], ["y"], name="first"), helper.make_node("Det", ["y"], ["z"], name="second")]
onnx.save(helper.make_model(helper.make_graph(nodes, "odd", [value("x")], [value("z")])), sys.argv[1])
`;
  const path = join(home, 'odd.onnx');
  const { status, stderr } = spawnSync('/usr/bin/python3', ['-c', graph, path], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  await ready(page);
  await dropFiles(page, [{ name: 'odd.onnx', content: await readFile(path) }]);
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('alert')).toContainText('Parts without a counterpart here: 1.');
  await expect(dialog.getByRole('row', { name: 'second Det There is no layer that computes Det.' })).toBeVisible();
  await expect(dialog.getByRole('row', { name: /^first Relu/ })).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Open as a new project' })).toBeDisabled();
});
