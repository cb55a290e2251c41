/** Where daemon and client meet when nobody says otherwise. */

/** Where packages put it; the folder belongs to the daemon's group. */
export const DEFAULT_SOCKET = '/run/peregrine/peregrine.ctl';

/** With `-l`, in the current folder. */
export const LOCAL_SOCKET = 'peregrine.ctl';

/** Where Calico looks for the daemons of its nodes, one a family. */
export const CALICO_SOCKETS = { ipv4: '/var/run/calico/bird.ctl', ipv6: '/var/run/calico/bird6.ctl' } as const;
export const CALICO_LOCAL_SOCKET = { ipv4: 'bird.ctl', ipv6: 'bird6.ctl' } as const;
