/** Answers to the calls about projects and folders. */
import type { Context } from '../context';
import { listFolders } from '../folders';
import type { Projects } from '../projects';
import type { projectCalls } from '../../contract/projects';
import { done, type AnswersOf } from './answers-of';

export const projectAnswers = (context: Context, projects: Projects): AnswersOf<typeof projectCalls> => ({
  'projects.recent': () => projects.recent(),
  'projects.create': ({ name, content }) => projects.create(name, content),
  'projects.last': () => projects.last(),
  'projects.open': ({ token }) => projects.open(token),
  'projects.save': ({ token, content }) => projects.save(token, content),
  'projects.autosave': ({ token, content }) => done(projects.autosave(token, content)),
  'projects.saveAs': ({ token, folder, name, content }) => projects.saveAs(token, folder, name, content),
  'projects.versions': ({ token }) => projects.versions(token),
  'projects.readVersion': ({ token, id }) => projects.readVersion(token, id),
  'folders.list': ({ folder }) => listFolders(context, folder),
});
