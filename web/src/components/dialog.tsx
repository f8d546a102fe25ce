import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { strings as s } from '../strings'
import { Icon } from './icons'

/** A modal <dialog>: the browser keeps the focus inside, closes it with Escape and gives the focus back. */
export function Dialog({ title, onClose, children, wide = false }:
    { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
    const element = useRef<HTMLDialogElement>(null)
    const id = useId()
    useEffect(() => {
        const dialog = element.current
        const before = document.activeElement
        dialog?.showModal()
        return () => {
            dialog?.close()
            if (before instanceof HTMLElement && before.isConnected)
                before.focus()
        }
    }, [])
    return (
        <dialog ref={element} class={wide ? 'dialog dialog-wide' : 'dialog'} aria-labelledby={id}
            onCancel={e => { e.preventDefault(); onClose() }}
            onPointerDown={e => { if (e.target === element.current) onClose() }}>
            <div class="dialog-body">
                <div class="dialog-head">
                    <h2 id={id}>{title}</h2>
                    <button type="button" class="icon-button" aria-label={s.close} onClick={onClose}><Icon name="close" /></button>
                </div>
                {children}
            </div>
        </dialog>
    )
}
