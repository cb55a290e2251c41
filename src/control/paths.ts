/** Where daemon and client meet when nobody says otherwise. */

/** Where packages put it; the folder belongs to the daemon's group. */
export const DEFAULT_SOCKET = '/run/peregrine/peregrine.ctl';

/** With `-l`, in the current folder. */
export const LOCAL_SOCKET = 'peregrine.ctl';
