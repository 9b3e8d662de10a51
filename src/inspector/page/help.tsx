import { KEYS } from './keys.ts';
import { Dialog } from './parts/dialog.tsx';

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <div class="keys">
        {KEYS.map(([keys, what]) => (
          <>
            <span class="nowrap">
              {keys.split(/ +/).map((key) => (
                <>
                  <kbd>{key}</kbd>{' '}
                </>
              ))}
            </span>
            <span>{what}</span>
          </>
        ))}
      </div>
      <div class="end">
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
