// What the whole page shares: who is signed in, the site's settings, the theme, messages.

import { signal } from '@preact/signals'
import { api, ApiError, whenRefused } from './api'
import { strings } from './strings'
import type { Boot, Config, User } from './types'

function readBoot(): Boot {
    const element = document.getElementById('boot')
    if (!element?.textContent)
        return {}
    try {
        return JSON.parse(element.textContent) as Boot
    } catch {
        return {}
    }
}

/** What the server put into the page. Each page takes its part once: later visits ask the API. */
const boot = readBoot()
export function takeBoot<K extends 'video' | 'videos'>(key: K): Boot[K] {
    const value = boot[key]
    delete boot[key]
    return value
}
export function peekBoot(): Boot {
    return boot
}

export const config = signal<Config>(boot.config ?? { instance: { name: 'Zoetrope' }, signup: { allowed: false } })
export const user = signal<User | null>(boot.user ?? null)

let asking = false
whenRefused.act = async () => {
    if (!user.value || asking)
        return
    asking = true
    try {
        await api.me()
    } catch (e) {
        if (e instanceof ApiError && e.status === 401) {
            user.value = null
            toast(strings.login.ended, 'error')
        }
    }
    asking = false
}

/* --- theme: the system's, unless chosen here */
export type Theme = 'light' | 'dark'
const system = matchMedia('(prefers-color-scheme: dark)')
const stored = read('theme')
export const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : system.matches ? 'dark' : 'light')

function applyTheme(): void {
    document.documentElement.dataset['theme'] = theme.value
}
system.addEventListener('change', () => {
    if (!read('theme')) {
        theme.value = system.matches ? 'dark' : 'light'
        applyTheme()
    }
})
applyTheme()

export function toggleTheme(): void {
    theme.value = theme.value === 'dark' ? 'light' : 'dark'
    write('theme', theme.value === (system.matches ? 'dark' : 'light') ? null : theme.value)
    applyTheme()
}

/* --- short messages, also read out */
export interface Toast { id: number; text: string; kind: 'info' | 'error' }
export const toasts = signal<Toast[]>([])
let nextToast = 1
export function toast(text: string, kind: Toast['kind'] = 'info'): void {
    const id = nextToast++
    toasts.value = [...toasts.value.slice(-2), { id, text, kind }]
    setTimeout(() => { toasts.value = toasts.value.filter(t => t.id !== id) }, kind === 'error' ? 8000 : 4000)
}

/* --- localStorage may be refused (private windows, settings): then nothing is remembered */
export function read(key: string): string | null {
    try { return localStorage.getItem(`zoetrope.${key}`) } catch { return null }
}
export function write(key: string, value: string | null): void {
    try {
        if (value === null)
            localStorage.removeItem(`zoetrope.${key}`)
        else
            localStorage.setItem(`zoetrope.${key}`, value)
    } catch { /* not remembered */ }
}
