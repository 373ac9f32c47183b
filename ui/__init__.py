"""The kit of which every page is built. It knows Streamlit and what may go wrong, and no story."""
