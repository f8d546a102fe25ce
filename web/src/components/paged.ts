// Lists that are asked for a page at a time.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { messageOf } from '../api'
import type { Page } from '../types'

const PAGE = 24

export interface Paged<T> {
    list: Page<T> | null
    error: string | null
    busy: boolean
    more: () => void
    retry: () => void
    /** from the beginning; what is shown stays until the answer is there */
    reload: () => void
    setList: (change: Page<T> | null | ((list: Page<T> | null) => Page<T> | null)) => void
}

/** A paged list: its first page may come from the server's HTML, the rest comes as one scrolls. */
export function usePaged<T extends { id: number }>(
    load: (start: number, count: number, signal: AbortSignal) => Promise<Page<T>>, deps: unknown[], first?: Page<T>): Paged<T>
export function usePaged<T>(load: (start: number, count: number, signal: AbortSignal) => Promise<Page<T>>, deps: unknown[],
    first: Page<T> | undefined, identity: (item: T) => unknown): Paged<T>
export function usePaged<T>(load: (start: number, count: number, signal: AbortSignal) => Promise<Page<T>>, deps: unknown[],
    first?: Page<T>, identity: (item: T) => unknown = item => (item as { id: number }).id): Paged<T> {
    const [list, setList] = useState<Page<T> | null>(first ?? null)
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(!first)
    const given = useRef(first !== undefined)
    const running = useRef<AbortController | null>(null)

    const fetchFrom = useCallback(async (start: number, before: T[]) => {
        running.current?.abort()
        const control = new AbortController()
        running.current = control
        setBusy(true)
        setError(null)
        try {
            const page = await load(start, PAGE, control.signal)
            if (control.signal.aborted)
                return
            const known = new Set(before.map(identity))
            setList({ total: page.total, data: [...before, ...page.data.filter(v => !known.has(identity(v)))] })
            if (page.data.length === 0)
                setList({ total: before.length, data: before })
        } catch (e) {
            if (!control.signal.aborted)
                setError(messageOf(e))
        }
        if (!control.signal.aborted)
            setBusy(false)
    }, deps)

    useEffect(() => {
        if (given.current) {
            given.current = false
            return
        }
        setList(null)
        void fetchFrom(0, [])
    }, deps)
    useEffect(() => () => running.current?.abort(), [])

    const more = useCallback(() => {
        if (!busy && list && list.data.length < list.total)
            void fetchFrom(list.data.length, list.data)
    }, [busy, list, fetchFrom])
    const retry = useCallback(() => void fetchFrom(list?.data.length ?? 0, list?.data ?? []), [list, fetchFrom])
    const reload = useCallback(() => void fetchFrom(0, []), [fetchFrom])
    return { list, error, busy, more, retry, reload, setList }
}
