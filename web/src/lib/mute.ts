// Muting an account or a whole server for oneself, from wherever it is met.

import { blocklist, messageOf } from '../api'
import { toast } from '../state'
import { strings as s } from '../strings'
import type { Actor } from '../types'
import { fullHandle } from './handle'

export async function muteAccount(account: Actor): Promise<boolean> {
    return tell(blocklist('/users/me').blockAccount(fullHandle(account)), s.mute.accountDone(`@${fullHandle(account)}`))
}

export async function muteServer(host: string): Promise<boolean> {
    return tell(blocklist('/users/me').blockServer(host), s.mute.serverDone(host))
}

async function tell(done: Promise<void>, text: string): Promise<boolean> {
    try {
        await done
        toast(text)
        return true
    } catch (e) {
        toast(messageOf(e), 'error')
        return false
    }
}
