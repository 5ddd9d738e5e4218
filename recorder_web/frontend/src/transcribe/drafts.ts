/** Words the server does not have yet, kept on this disk: they outlive a reload, a crash, a dead network. */

export interface Draft {
  segment: string;
  claim: string;
  text: string;
  base: number; // the revision they were written on
  sent?: string[]; // earlier words of mine that may have arrived since
}

export interface Drafts {
  /** Keep words; false if the browser keeps nothing. */
  put(draft: Draft): Promise<boolean>;
  /** Forget them once the server has exactly these words. */
  drop(segment: string, text: string): Promise<void>;
  /** All that was not saved of a claim. */
  of(claim: string): Promise<Draft[]>;
}

const [NAME, TABLE] = ["speechcorpus-transcripts", "drafts"];

export function browserDrafts(): Drafts {
  let opened: Promise<IDBDatabase> | null = null;
  const database = (): Promise<IDBDatabase> => (opened ??= open());
  return {
    async put(draft) {
      try {
        await done((await database()).transaction(TABLE, "readwrite", { durability: "strict" }), (table) => table.put(draft));
        return true;
      } catch {
        return false;
      }
    },
    async drop(segment, text) {
      const forget = (table: IDBObjectStore): void => {
        const found = table.get(segment);
        // newer words of this or another window stay
        found.onsuccess = () => (found.result as Draft | undefined)?.text === text && table.delete(segment);
      };
      await database().then((db) => done(db.transaction(TABLE, "readwrite"), forget)).catch(() => undefined);
    },
    async of(claim) {
      let found: Draft[] = [];
      const read = (table: IDBObjectStore): void => {
        const all = table.getAll();
        all.onsuccess = () => (found = (all.result as Draft[]).filter((draft) => draft.claim === claim));
      };
      await database().then((db) => done(db.transaction(TABLE), read)).catch(() => undefined);
      return found;
    },
  };
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "segment" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(transaction: IDBTransaction, work: (table: IDBObjectStore) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
    work(transaction.objectStore(TABLE));
  });
}
