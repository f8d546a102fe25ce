// Names of accounts and channels across servers.

interface Named { name: string; host?: string }

/** "name" of somebody here, "name@host" of others: what the API and our own addresses use. */
export function localHandle(actor: Named, here = window.location.host): string {
    return !actor.host || actor.host === here ? actor.name : `${actor.name}@${actor.host}`
}

/** "name@host" always: what people give to each other. */
export function fullHandle(actor: Named, here = window.location.host): string {
    return `${actor.name}@${actor.host || here}`
}

export function isRemote(actor: Named, here = window.location.host): boolean {
    return !!actor.host && actor.host !== here
}

/** "@me@my.server", "acct:me@my.server", "https://my.server/@me" or ".../users/me" -> "me@my.server"; else null. */
export function parseHandle(text: string): string | null {
    const t = text.trim().replace(/^acct:/i, '').replace(/^@/, '')
    const plain = /^([\p{L}\p{N}_.-]+)@([a-z0-9.-]+(?::\d{1,5})?)$/iu.exec(t)
    if (plain)
        return `${plain[1]}@${plain[2]?.toLowerCase()}`
    try {
        const url = new URL(t)
        const name = /^\/(?:@|users\/|u\/|accounts\/|profile\/)([\p{L}\p{N}_.-]+)\/?$/u.exec(decodeURI(url.pathname))?.[1]
        return name && /^https?:$/.test(url.protocol) ? `${name}@${url.host}` : null
    } catch {
        return null
    }
}

/** What was typed names one thing somewhere, rather than being words to look for. */
export function isAddress(text: string): boolean {
    const t = text.trim()
    return /^https?:\/\/[^\s/]+\/\S*$/i.test(t) || /^(?:acct:|@)?[\p{L}\p{N}_.-]+@[a-z0-9.-]+\.[a-z0-9-]+(?::\d+)?$/iu.test(t)
        || /^(?:acct:|@)?[\p{L}\p{N}_.-]+@localhost(?::\d+)?$/iu.test(t)
}

/** The server an address belongs to, for telling where something is looked up. */
export function hostOf(address: string): string {
    const t = address.trim()
    try {
        if (/^https?:/i.test(t))
            return new URL(t).host
    } catch { /* no address after all */ }
    return t.slice(t.lastIndexOf('@') + 1)
}
