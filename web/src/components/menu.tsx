// A button that opens a short list of links and buttons. It closes by Escape, by a click elsewhere, when the
// focus leaves it, and after a choice.

import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { place } from '../router'

export function Menu({ label, button, children, buttonClass = 'icon-button' }:
    { label: string; button: ComponentChildren; children: ComponentChildren; buttonClass?: string }) {
    const [open, setOpen] = useState(false)
    const box = useRef<HTMLDivElement>(null)
    const opener = useRef<HTMLButtonElement>(null)
    const id = useId()

    const list = useRef<HTMLDivElement>(null)

    // upwards when there is no room below
    useLayoutEffect(() => {
        const bounds = open ? list.current?.getBoundingClientRect() : undefined
        const above = opener.current?.getBoundingClientRect().top ?? 0
        list.current?.classList.toggle('menu-up', bounds !== undefined && bounds.bottom > innerHeight && bounds.height + 70 < above)
    }, [open])
    useEffect(() => { setOpen(false) }, [place.value.key])
    useEffect(() => {
        if (!open)
            return
        const away = (e: Event) => {
            if (!box.current?.contains(e.target as Node))
                setOpen(false)
        }
        const key = (e: KeyboardEvent) => {
            if (e.key === 'Escape') {
                setOpen(false)
                opener.current?.focus()
            } else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
                const items = [...box.current?.querySelectorAll<HTMLElement>('.menu-list a, .menu-list button') ?? []].filter(i => i.offsetParent)
                const at = items.indexOf(document.activeElement as HTMLElement)
                const to = e.key === 'ArrowDown' ? at + 1 : at < 0 ? items.length - 1 : at - 1
                items[(to + items.length) % items.length]?.focus()
                e.preventDefault()
            }
        }
        document.addEventListener('pointerdown', away)
        document.addEventListener('focusin', away)
        document.addEventListener('keydown', key)
        return () => {
            document.removeEventListener('pointerdown', away)
            document.removeEventListener('focusin', away)
            document.removeEventListener('keydown', key)
        }
    }, [open])

    const chosen = (e: MouseEvent) => {
        if (!(e.target as Element).closest('button, a'))
            return
        setOpen(false)
        opener.current?.focus() // a dialog that opens now gives the focus back to it
    }
    return (
        <div class="menu" ref={box}>
            <button type="button" class={buttonClass} ref={opener} aria-expanded={open} aria-controls={id} aria-label={label}
                title={buttonClass === 'icon-button' ? label : undefined} onClick={() => setOpen(!open)}>{button}</button>
            <div class="menu-list" id={id} ref={list} hidden={!open} onClick={chosen}>{children}</div>
        </div>
    )
}
