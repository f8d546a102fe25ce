// How many notifications were not read yet: shown in the header, asked for now and then.

import { signal } from '@preact/signals'
import { api } from '../api'
import { user } from '../state'

export const unread = signal(0)

const EVERY_MS = 60000

export async function refreshUnread(): Promise<void> {
    if (!user.value)
        return
    try {
        const { unread: n, total } = await api.notifications({ start: 0, count: 0, unread: true })
        unread.value = n ?? total
    } catch { /* the header can do without */ }
}

/** While somebody is signed in: at once, every minute, and when the page comes to the front. */
export function watchUnread(): () => void {
    const ask = () => {
        if (!document.hidden)
            void refreshUnread()
    }
    ask()
    const timer = setInterval(ask, EVERY_MS)
    document.addEventListener('visibilitychange', ask)
    return () => {
        clearInterval(timer)
        document.removeEventListener('visibilitychange', ask)
        unread.value = 0
    }
}
