/** Calls about projects and the folders that they lie in. */
import * as v from 'valibot';
import { count, json, name, nothing, timestamp, token } from './primitives';

const projectSummary = v.object({ token, name: v.string(), location: v.string(), changedAt: timestamp });

export const projectContentSchema = v.object({
  /** Model document (docs/model-format.md). */
  document: json,
  /** Training settings. */
  training: json,
  dataset: v.object({ id: v.string() }),
  /** Positions of nodes on the canvas, by node id. */
  layout: v.record(v.string(), v.object({ x: v.number(), y: v.number() })),
  /** Weights that the network begins with, by name and shape: a file that `weights.keep` named, and where they came from. */
  weights: v.exactOptional(v.object({ file: v.string(), source: v.string() })),
});

export type ProjectContent = v.InferOutput<typeof projectContentSchema>;

/** `restored`: autosaved edits were newer than project.json and were taken; they are saved only by the next save. */
const project = v.object({ ...projectSummary.entries, content: projectContentSchema, restored: v.boolean() });

const folderEntry = v.object({ token, name: v.string(), isFolder: v.boolean(), isProject: v.boolean() });

export const projectCalls = {
  /** Recently opened first; projects that are gone are left out. */
  'projects.recent': { request: nothing, response: v.array(projectSummary) },
  /** A new project in the projects folder, under a name that is free: from a template, or empty. */
  'projects.create': { request: v.object({ name, content: projectContentSchema }), response: project },
  /** The project of the last session, autosaved state included, or null at first launch. */
  'projects.last': { request: nothing, response: v.nullable(project) },
  'projects.open': { request: v.object({ token }), response: project },
  /** Writes project.json. */
  'projects.save': { request: v.object({ token, content: projectContentSchema }), response: projectSummary },
  'projects.autosave': { request: v.object({ token, content: projectContentSchema }), response: nothing },
  /** Copies the project, with its runs, to a new folder named after it. */
  'projects.saveAs': { request: v.object({ token, folder: token, name, content: projectContentSchema }), response: project },
  /** Earlier versions, the newest first: up to twenty, each as it was before a save replaced it or while edits went on unsaved. */
  'projects.versions': {
    request: v.object({ token }),
    response: v.array(v.object({ id: v.string(), savedAt: timestamp, layers: count, dataset: v.string() })),
  },
  'projects.readVersion': { request: v.object({ token, id: v.string() }), response: v.object({ content: projectContentSchema }) },
  /** Folders inside a folder, and on demand its files after them; null starts in the projects folder. */
  'folders.list': {
    request: v.object({ folder: v.nullable(token), files: v.optional(v.boolean()) }),
    response: v.object({ folder: token, location: v.string(), parent: v.nullable(token), entries: v.array(folderEntry) }),
  },
} as const;
