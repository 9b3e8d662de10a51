import type { MemberNote, Members } from '../../ports/members.ts';

/** The notes of nodes that share one process: for tests and the simulation. */
export function createMemoryMembers(): Members {
  const notes = new Map<string, MemberNote>();
  return {
    async beat(note) {
      notes.set(note.name, { ...note });
      return [...notes.values()];
    },
    read: async () => [...notes.values()],
    async remove(name) {
      notes.delete(name);
    },
  };
}
